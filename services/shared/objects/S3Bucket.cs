using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Objects;

/// <summary>One bucket of an S3-compatible store, by key. A store that does not answer is PEER_UNREACHABLE: try again later.</summary>
public sealed class S3Bucket : IDisposable
{
    private const int Retries = 3;
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);
    private readonly Lazy<AmazonS3Client> _client;
    private readonly string _endpoint;
    private readonly string _bucket;

    public S3Bucket(ObjectStoreOptions options)
    {
        _bucket = options.Bucket;
        _endpoint = options.Endpoint.Length > 0 ? options.Endpoint : options.Region;
        _client = new Lazy<AmazonS3Client>(() => Connect(options));
    }

    /// <summary>What a person calls the place of a key.</summary>
    public string UrlOf(string key) => $"s3://{_bucket}/{key}";

    /// <summary>Stores bytes as a whole.</summary>
    public async Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        using var content = new MemoryStream(bytes.ToArray(), writable: false);
        await PutAsync(key, content, cancellation).ConfigureAwait(false);
    }

    /// <summary>Stores a file as a whole; one put takes 5 GB at most.</summary>
    public async Task PutFileAsync(string key, string path, CancellationToken cancellation)
    {
        var content = File.OpenRead(path);
        await using (content.ConfigureAwait(false))
            await PutAsync(key, content, cancellation).ConfigureAwait(false);
    }

    /// <summary>The bytes, or null where there are none.</summary>
    public async Task<byte[]?> GetAsync(string key, CancellationToken cancellation) => await SendAsync(
        async s3 =>
        {
            using var response = await s3.GetObjectAsync(_bucket, key, cancellation).ConfigureAwait(false);
            using var bytes = new MemoryStream();
            await response.ResponseStream.CopyToAsync(bytes, cancellation).ConfigureAwait(false);
            return bytes.ToArray();
        },
        cancellation).ConfigureAwait(false);

    /// <summary>A stream of the bytes, or null where there are none. Dispose it.</summary>
    public async Task<Stream?> OpenAsync(string key, CancellationToken cancellation) =>
        (await SendAsync(s3 => s3.GetObjectAsync(_bucket, key, cancellation), cancellation).ConfigureAwait(false))?.ResponseStream;

    public async Task<bool> ExistsAsync(string key, CancellationToken cancellation) =>
        await SendAsync(s3 => s3.GetObjectMetadataAsync(_bucket, key, cancellation), cancellation).ConfigureAwait(false) is not null;

    public Task DeleteAsync(string key, CancellationToken cancellation) =>
        SendAsync(s3 => s3.DeleteObjectAsync(_bucket, key, cancellation), cancellation);

    public void Dispose()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
    }

    private static AmazonS3Client Connect(ObjectStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = Retries,
            Timeout = options.RequestLimit,
            // Checksum trailers are Amazon's own: other stores keep them as part of the bytes. What is read is held against its SHA-256
            // anyway.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint.Length > 0)
            (config.ServiceURL, config.AuthenticationRegion, config.ForcePathStyle) = (options.Endpoint, options.Region, true);
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        return new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
    }

    /// <summary>Chunk signatures, like checksum trailers, are Amazon's own: the whole is signed instead.</summary>
    private Task<PutObjectResponse?> PutAsync(string key, Stream content, CancellationToken cancellation) => SendAsync(
        s3 => s3.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = _bucket,
                Key = key,
                InputStream = content,
                AutoCloseStream = false,
                UseChunkEncoding = false,
            }, cancellation),
        cancellation);

    private async Task<T?> SendAsync<T>(Func<AmazonS3Client, Task<T>> request, CancellationToken cancellation)
    {
        try
        {
            return await request(_client.Value).ConfigureAwait(false);
        }
        catch (AmazonS3Exception error) when (error is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
        {
            return default;
        }
        catch (Exception error) when (IsOutage(error) && !cancellation.IsCancellationRequested)
        {
            throw new MeshException(ErrorReasons.PeerUnreachable, $"the object store at {_endpoint} does not answer: {error.Message}",
                retryAfter: _retryAfter);
        }
    }

    /// <summary>No answer, a broken one, or one that says "later"; not what the store refuses for good.</summary>
    private static bool IsOutage(Exception error) => error switch
    {
        AmazonServiceException answer => (int)answer.StatusCode is 0 or 429 or >= 500,
        AmazonClientException or HttpRequestException or IOException or OperationCanceledException => true,
        _ => false,
    };
}
