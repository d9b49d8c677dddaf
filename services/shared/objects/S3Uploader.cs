using Amazon.S3;
using Amazon.S3.Model;

namespace SynCxr.Mesh.Objects;

/// <summary>
/// Puts objects. A put may take as long as it makes progress: <c>RequestLimit</c> counts from the last byte that went out, and is doubled
/// at each new try, so that a store that is slow to answer gets its time and one that hangs is left.
/// </summary>
internal sealed class S3Uploader(ObjectStoreOptions options) : IDisposable
{
    /// <summary>Tries with a limit of 1, 2, 4 and 8 times <c>RequestLimit</c>.</summary>
    private const int MostPatience = 8;

    private readonly AmazonS3Client _client = S3ClientFactory.Connect(options, Timeout.InfiniteTimeSpan);
    private volatile bool _sendsSha256 = true;

    /// <param name="open">Opens the bytes, once for each try.</param>
    /// <param name="sha256">Of the bytes, lower-case hex: a store that knows the header refuses others.</param>
    /// <exception cref="TimeoutException">The store neither took bytes nor answered.</exception>
    public async Task<PutObjectResponse> PutAsync(string key, Func<Stream> open, string sha256, CancellationToken cancellation)
    {
        for (var patience = 1; ; patience *= 2)
        {
            try
            {
                return await PutOnceAsync(key, open, sha256, options.RequestLimit * patience, cancellation).ConfigureAwait(false);
            }
            catch (AmazonS3Exception error) when (_sendsSha256 && S3ErrorMapping.IsUnknownHeader(error))
            {
                _sendsSha256 = false; // what is stored is read back then
            }
            catch (TimeoutException) when (patience < MostPatience)
            {
                // The next try waits longer: the store may be slow and not away.
            }
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Chunk signatures, like checksum trailers, are Amazon's own: the whole is signed instead.</summary>
    private async Task<PutObjectResponse> PutOnceAsync(string key, Func<Stream> open, string sha256, TimeSpan limit,
        CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(limit);
        var content = open();
        await using (content.ConfigureAwait(false))
        {
            var request = new PutObjectRequest
            {
                BucketName = options.Bucket,
                Key = key,
                InputStream = content,
                AutoCloseStream = false,
                UseChunkEncoding = false,
            };
            if (_sendsSha256)
                request.ChecksumSHA256 = Convert.ToBase64String(Convert.FromHexString(sha256));
            request.StreamTransferProgress += (_, _) => silence.CancelAfter(limit);
            try
            {
                return await _client.PutObjectAsync(request, silence.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new TimeoutException($"it neither took bytes nor answered for {limit}");
            }
        }
    }
}
