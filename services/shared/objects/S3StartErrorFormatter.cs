using System.Globalization;
using System.Net;
using System.Security.Authentication;
using Amazon.S3;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Objects;

/// <summary>Says why a store can't be used at start: for now, where waiting may help, or for good.</summary>
/// <param name="options">Where the store is; the secret key is in no message.</param>
internal sealed class S3StartErrorFormatter(ObjectStoreOptions options)
{
    /// <summary>The store, as the beginning of a sentence.</summary>
    public string Server { get; } = $"The object store at {(options.Endpoint.Length > 0 ? options.Endpoint : options.Region)}";

    /// <summary>Why the store can't be used yet, as the end of a sentence.</summary>
    /// <exception cref="StartException">Waiting doesn't help.</exception>
    public string Describe(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
                throw Fail(nameof(options.Endpoint), $"offers no TLS connection that this machine accepts: {cause.Message.TrimEnd('.')}. "
                    + "Correct the certificate there, or the address", error);
        }

        return error switch
        {
            OperationCanceledException =>
                string.Create(CultureInfo.InvariantCulture, $"no answer within {S3StartProbe.TryLimit.TotalSeconds:0} s"),
            AmazonS3Exception busy when S3ErrorMapping.IsOutage(busy) => Say(busy),
            _ when S3ErrorMapping.IsOutage(error) => error.GetBaseException().Message.TrimEnd('.'),
            AmazonS3Exception refusal => throw DescribeRefusal(refusal),
            _ => throw Fail(nameof(options.Endpoint),
                $"can't be used: {error.GetBaseException().Message.TrimEnd('.')}. Correct the address", error),
        };
    }

    private StartException DescribeRefusal(AmazonS3Exception refusal) => refusal switch
    {
        { ErrorCode: "NoSuchBucket" } =>
            Fail(nameof(options.Bucket), $"has no bucket '{options.Bucket}'. Make it, or name another one", refusal),
        { ErrorCode: "InvalidAccessKeyId" } =>
            Fail(nameof(options.AccessKey), $"does not know the key '{options.AccessKey}'. Correct it", refusal),
        { ErrorCode: "SignatureDoesNotMatch" } =>
            Fail(nameof(options.SecretKey), $"refuses the secret of the key '{options.AccessKey}'. Correct it", refusal),
        { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => Fail(nameof(options.AccessKey),
            $"does not let the key '{options.AccessKey}' read the bucket '{options.Bucket}': {Say(refusal)}. Allow it to list the bucket, "
                + "and to get, put and delete its objects, or correct key and bucket", refusal),
        _ => Fail(nameof(options.Endpoint),
            $"answers as no store with the bucket '{options.Bucket}' does: {Say(refusal)}. Correct address, region and bucket", refusal),
    };

    private static string Say(AmazonS3Exception answer) => string.Create(CultureInfo.InvariantCulture,
        $"{(int)answer.StatusCode} {answer.ErrorCode}: {EchoedText.Shorten(answer.Message.TrimEnd('.'))}");

    private StartException Fail(string setting, string problem, Exception cause) =>
        new($"{ObjectStoreOptions.Section}:{setting}: {Server} {problem}.", cause);
}
