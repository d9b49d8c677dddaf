using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Objects;

/// <summary>
/// One bucket of an S3-compatible store, by key. A store that does not answer is PEER_UNREACHABLE: try again later. One that refuses is
/// STORE_REFUSED: a person must change the key, the bucket or its policy.
/// </summary>
public sealed class S3Bucket : IDisposable
{
    private const int PartSize = 64 * 1024;
    private const string StartProbeKey = "start-probe";
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);
    private readonly Lazy<AmazonS3Client> _client;
    private readonly Lazy<S3Uploader> _uploader;
    private readonly string _endpoint;
    private readonly string _bucket;
    private readonly TimeSpan _silenceLimit;

    public S3Bucket(ObjectStoreOptions options)
    {
        _bucket = options.Bucket;
        _silenceLimit = options.RequestLimit;
        _endpoint = options.Endpoint.Length > 0 ? options.Endpoint : options.Region;
        _client = new Lazy<AmazonS3Client>(() => S3ClientFactory.Connect(options, options.RequestLimit));
        _uploader = new Lazy<S3Uploader>(() => new S3Uploader(options));
    }

    /// <summary>What a person calls the place of a key.</summary>
    public string UrlOf(string key) => $"s3://{_bucket}/{key}";

    /// <summary>Asks for an object that nobody stores: only a store that has the bucket and takes the key says there is none.</summary>
    /// <exception cref="AmazonS3Exception">The store answers otherwise. Other exceptions of the client pass as they are, too.</exception>
    internal async Task ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            using var response = await _client.Value.GetObjectAsync(_bucket, StartProbeKey, cancellation).ConfigureAwait(false);
        }
        catch (AmazonS3Exception answer) when (answer.ErrorCode == "NoSuchKey")
        {
            // as it must be
        }
    }

    /// <summary>Stores bytes as a whole.</summary>
    public async Task PutAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var content = bytes.ToArray();
        await SendAsync(
            $"PUT {key}", () => _uploader.Value.PutAsync(key, () => new MemoryStream(content, writable: false), Sha256Digest.HexOf(content),
                cancellation), isNullWhereMissing: false, cancellation).ConfigureAwait(false);
    }

    /// <summary>Stores a file as a whole; one put takes 5 GB at most.</summary>
    /// <param name="sha256">What its bytes must be, lower-case hex.</param>
    public async Task PutFileAsync(string key, string path, string sha256, CancellationToken cancellation) => await SendAsync(
        $"PUT {key}", () => _uploader.Value.PutAsync(key, () => File.OpenRead(path), sha256, cancellation), isNullWhereMissing: false,
        cancellation).ConfigureAwait(false);

    /// <summary>The bytes, or null where there are none.</summary>
    public async Task<byte[]?> GetAsync(string key, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        return await ReadAsync(key, part => bytes.Write(part), cancellation).ConfigureAwait(false) ? bytes.ToArray() : null;
    }

    /// <summary>A stream of the bytes, or null where there are none. Dispose it.</summary>
    public async Task<Stream?> OpenAsync(string key, CancellationToken cancellation) => (await SendAsync(
        $"GET {key}", () => _client.Value.GetObjectAsync(_bucket, key, cancellation), isNullWhereMissing: true, cancellation)
        .ConfigureAwait(false))?.ResponseStream;

    public async Task<bool> ExistsAsync(string key, CancellationToken cancellation) =>
        await HeadAsync(key, cancellation).ConfigureAwait(false) is not null;

    /// <summary>
    /// Whether exactly these bytes are stored under the key: by the SHA-256 that the store itself has of them, or, where it has none, by
    /// reading them back.
    /// </summary>
    public async Task<bool> HoldsAsync(string key, long size, string sha256, CancellationToken cancellation)
    {
        if (await HeadAsync(key, cancellation).ConfigureAwait(false) is not { } head || head.ContentLength != size)
            return false;
        if (head.ChecksumSHA256 is { Length: > 0 } own && head.ChecksumType != ChecksumType.COMPOSITE)
            return own == Convert.ToBase64String(Convert.FromHexString(sha256));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        return await ReadAsync(key, hash.AppendData, cancellation).ConfigureAwait(false)
            && Convert.ToHexStringLower(hash.GetHashAndReset()) == sha256;
    }

    public Task DeleteAsync(string key, CancellationToken cancellation) => SendAsync(
        $"DELETE {key}", () => _client.Value.DeleteObjectAsync(_bucket, key, cancellation), isNullWhereMissing: true, cancellation);

    /// <summary>Deletes every key that begins with <paramref name="prefix"/>.</summary>
    public async Task DeleteAllAsync(string prefix, CancellationToken cancellation)
    {
        var page = new ListObjectsV2Request { BucketName = _bucket, Prefix = prefix };
        do
        {
            var found = await SendAsync(
                $"LIST {prefix}", () => _client.Value.ListObjectsV2Async(page, cancellation), isNullWhereMissing: true, cancellation)
                .ConfigureAwait(false);
            foreach (var entry in found?.S3Objects ?? [])
                await DeleteAsync(entry.Key, cancellation).ConfigureAwait(false);
            page.ContinuationToken = found?.NextContinuationToken;
        }
        while (!string.IsNullOrEmpty(page.ContinuationToken));
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
        if (_uploader.IsValueCreated)
            _uploader.Value.Dispose();
    }

    private Task<GetObjectMetadataResponse?> HeadAsync(string key, CancellationToken cancellation) => SendAsync(
        $"HEAD {key}", () => _client.Value.GetObjectMetadataAsync(
            new GetObjectMetadataRequest { BucketName = _bucket, Key = key, ChecksumMode = ChecksumMode.ENABLED }, cancellation),
        isNullWhereMissing: true, cancellation);

    /// <summary>Reads a body part by part; a store that sends nothing for <c>RequestLimit</c> does not answer.</summary>
    /// <returns>False where there is none.</returns>
    private async Task<bool> ReadAsync(string key, ReadOnlyPartAction take, CancellationToken cancellation) => await SendAsync(
        $"GET {key}",
        async () =>
        {
            using var response = await _client.Value.GetObjectAsync(_bucket, key, cancellation).ConfigureAwait(false);
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var part = new byte[PartSize];
            while (true)
            {
                silence.CancelAfter(_silenceLimit);
                var read = await response.ResponseStream.ReadAsync(part, silence.Token).ConfigureAwait(false);
                if (read == 0)
                    return response;
                take(part.AsSpan(0, read));
            }
        },
        isNullWhereMissing: true, cancellation).ConfigureAwait(false) is not null;

    private async Task<T?> SendAsync<T>(string call, Func<Task<T>> request, bool isNullWhereMissing, CancellationToken cancellation)
    {
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (AmazonS3Exception error) when (isNullWhereMissing
            && error is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
        {
            return default;
        }
        catch (Exception error) when (S3ErrorMapping.IsOutage(error) && !cancellation.IsCancellationRequested)
        {
            throw AtStore(new MeshException(ErrorReasons.PeerUnreachable,
                $"the object store at {_endpoint} does not answer: {error.Message}", retryAfter: _retryAfter));
        }
        catch (AmazonS3Exception error) when (S3ErrorMapping.IsRefusal(error))
        {
            throw AtStore(new MeshException(ErrorReasons.StoreRefused,
                $"the object store at {_endpoint} refuses {EchoedText.Shorten(call)} in bucket '{_bucket}': {(int)error.StatusCode} "
                    + $"{error.ErrorCode}: {error.Message}"));
        }
    }

    private static MeshException AtStore(MeshException error)
    {
        error.Data["peer"] = "object store";
        return error;
    }

    private delegate void ReadOnlyPartAction(ReadOnlySpan<byte> part);
}
