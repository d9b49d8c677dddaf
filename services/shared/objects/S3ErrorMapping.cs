using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace SynCxr.Mesh.Objects;

/// <summary>What an error of an S3 store means for whoever called it.</summary>
internal static class S3ErrorMapping
{
    /// <summary>Bytes that changed on their way: sent again, they may arrive.</summary>
    private static readonly string[] _damagedOnTheWay = ["BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "RequestTimeout"];

    /// <summary>No answer, a broken one, or one that says "later"; not what the store refuses for good.</summary>
    public static bool IsOutage(Exception error) => error switch
    {
        AmazonS3Exception answer when _damagedOnTheWay.Contains(answer.ErrorCode) => true,
        AmazonServiceException answer => (int)answer.StatusCode is 0 or 408 or 409 or 429 or >= 500,
        AmazonClientException or HttpRequestException or IOException or OperationCanceledException or TimeoutException => true,
        _ => false,
    };

    /// <summary>No key, no right or no bucket. A 404 to a put is one: there is nothing that it could be missing.</summary>
    public static bool IsRefusal(AmazonS3Exception error) => error.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.Moved or HttpStatusCode.TemporaryRedirect;

    /// <summary>A store that does not know the header for a SHA-256.</summary>
    public static bool IsUnknownHeader(AmazonS3Exception error) =>
        error.StatusCode == HttpStatusCode.NotImplemented || error.ErrorCode is "NotImplemented" or "InvalidArgument" or "InvalidRequest";
}
