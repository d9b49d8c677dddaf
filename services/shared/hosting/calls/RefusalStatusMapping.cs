using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Errors;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// A refusal as the status and details that a client gets: one ErrorInfo and, where they apply, field violations and RetryInfo.
/// </summary>
public static class RefusalStatusMapping
{
    /// <summary>Trailer that says when a call may be tried again.</summary>
    public const string PushBackTrailer = "grpc-retry-pushback-ms";

    /// <summary>
    /// Most bytes of UTF-8 of a message, and of all field violations together. Percent-encoded and in base64 they take up to 6 KiB: clients
    /// take 8 KiB of trailers, and say RESOURCE_EXHAUSTED in the place of any refusal that has more.
    /// </summary>
    private const int MaxMessageBytes = 1024, MaxFieldBytes = 256;

    /// <param name="refusal">What the caller is to see.</param>
    /// <param name="metadata">Metadata of the ErrorInfo.</param>
    public static RpcStatus ToStatus(MeshException refusal, params IEnumerable<(string Key, string Value)> metadata)
    {
        var info = new ErrorInfo { Domain = ErrorReasons.Domain, Reason = refusal.Reason.Name };
        foreach (var (key, value) in metadata)
            info.Metadata[key] = EchoedText.Shorten(value);
        var status = new RpcStatus
        {
            Code = (int)refusal.Reason.Status,
            Message = EchoedText.CutToBytes(refusal.Message, MaxMessageBytes),
            Details = { Any.Pack(info) },
        };
        if (refusal.Fields.Count > 0)
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { ToViolations(refusal.Fields) } }));

        if (refusal.RetryAfter is { } wait)
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = wait.ToDuration() }));
        return status;
    }

    /// <summary>A status of a peer, whose texts may be longer than those of ours.</summary>
    internal static bool IsTooLong(RpcStatus status) => status.CalculateSize() > 4 * MaxMessageBytes;

    /// <summary>The first violations, at least one; the rest is left out where they get too long.</summary>
    private static IEnumerable<BadRequest.Types.FieldViolation> ToViolations(IReadOnlyList<FieldViolation> fields)
    {
        var left = MaxMessageBytes;
        foreach (var (index, field) in fields.Index())
        {
            var violation = new BadRequest.Types.FieldViolation { Field = EchoedText.CutToBytes(field.Field, MaxFieldBytes) };
            violation.Description = EchoedText.CutToBytes(field.Description, MaxMessageBytes - violation.CalculateSize());
            left -= violation.CalculateSize();
            if (left < 0 && index > 0)
                yield break;
            yield return violation;
        }
    }

    /// <summary>The time to wait as <see cref="PushBackTrailer"/> says it: whole milliseconds.</summary>
    public static string FormatPushBack(TimeSpan wait) =>
        ((long)Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>False for a status that came without details, or with details of another kind.</summary>
    public static bool HasOneErrorInfo(RpcStatus? status) => status?.Details.Count(d => d.Is(ErrorInfo.Descriptor)) == 1;

    /// <summary>The HTTP status of a refusal in JSON, as Google's APIs map them; too large is 413, which no client tries again.</summary>
    public static int ToHttpStatus(ErrorReason reason) => reason == ErrorReasons.MessageTooLarge
        ? StatusCodes.Status413PayloadTooLarge
        : reason.Status switch
        {
            StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
            StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
            StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
            StatusCode.NotFound => StatusCodes.Status404NotFound,
            StatusCode.Cancelled => StatusCodes.Status408RequestTimeout,
            StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
            StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
            StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
            StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
            StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
            _ => StatusCodes.Status500InternalServerError,
        };
}
