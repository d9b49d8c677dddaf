using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace SynCxr.Mesh.Objects;

/// <summary>Makes the clients of a store.</summary>
internal static class S3ClientFactory
{
    private const int Retries = 3;

    /// <param name="limit">Longest time of one try of a request, its body not counted.</param>
    public static AmazonS3Client Connect(ObjectStoreOptions options, TimeSpan limit)
    {
        var config = new AmazonS3Config
        {
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = Retries,
            Timeout = limit,
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
}
