using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>What a call failed with outside of its handler, as the refusal that the caller is to see.</summary>
public static class FailedCallMapping
{
    /// <summary>The field that a refusal names where the request as a whole can't be read.</summary>
    private const string WholeRequest = "request";

    /// <summary>What reading a request failed with; null for an exception of another kind.</summary>
    public static MeshException? FromReading(Exception? error) => error switch
    {
        MeshException refusal => refusal,
        { } when DiskFullMapping.IsDiskFull(error) => DiskFullMapping.ToRefusal(),
        InvalidProtocolBufferException => MeshException.Invalid(WholeRequest,
            "The bytes are not a message of the type that this method takes. Make them from the contract in protos/."),
        // grpc-dotnet and System.IO.Compression throw it for the frame's flag and for compressed bytes
        InvalidDataException => MeshException.Invalid(WholeRequest,
            "The frame of the message, or its compression, is broken: a frame is a flag (0, or 1 for compressed), four bytes of length, "
                + "and the message."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(),
        BadHttpRequestException => MeshException.Invalid(WholeRequest, "The body did not arrive whole, or its encoding is broken."),
        IOException when error.Message.StartsWith("Message too large", StringComparison.Ordinal) => TooLarge(), // a length above 2 GiB
        IOException or OperationCanceledException => Cancelled(),
        _ => null,
    };

    /// <summary>
    /// A status that gRPC itself gave, so that it has no details: the message could not be read, or nothing here answers to the method.
    /// </summary>
    /// <param name="code">Its code.</param>
    /// <param name="detail">Its text, which grpc-dotnet wrote.</param>
    /// <param name="error">What it came from; null where gRPC found the problem itself.</param>
    public static MeshException FromStatus(StatusCode code, string detail, Exception? error) => FromReading(error) ?? code switch
    {
        StatusCode.ResourceExhausted when detail.StartsWith("Sending message exceeds", StringComparison.Ordinal) => AnswerTooLarge(),
        StatusCode.ResourceExhausted => TooLarge(),
        StatusCode.Unimplemented => new MeshException(ErrorReasons.Unimplemented, EchoedText.Shorten(detail)),
        StatusCode.DeadlineExceeded => DeadlinePassed(),
        StatusCode.Cancelled => Cancelled(),
        StatusCode.Internal or StatusCode.InvalidArgument when error is null =>
            MeshException.Invalid(WholeRequest, $"The message can't be read: {EchoedText.Shorten(detail)}"),
        _ => new MeshException(ErrorReasons.Internal, "An internal error. The server's log has the details."),
    };

    /// <summary>A status that a peer or the call to it gave without details.</summary>
    public static MeshException FromPeer(RpcException error)
    {
        var reason = error.StatusCode switch
        {
            StatusCode.InvalidArgument or StatusCode.OutOfRange => ErrorReasons.InvalidField,
            StatusCode.NotFound => ErrorReasons.NotFound,
            StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.Aborted => ErrorReasons.WrongState,
            StatusCode.Unavailable => ErrorReasons.PeerUnreachable,
            StatusCode.ResourceExhausted => ErrorReasons.QuotaExhausted,
            StatusCode.DeadlineExceeded => ErrorReasons.DeadlineUnmeetable,
            StatusCode.Unauthenticated => ErrorReasons.Unauthenticated,
            StatusCode.PermissionDenied => ErrorReasons.PermissionDenied,
            StatusCode.Cancelled => ErrorReasons.Cancelled,
            StatusCode.Unimplemented => ErrorReasons.Unimplemented,
            StatusCode.DataLoss => ErrorReasons.DataCorrupt,
            _ => ErrorReasons.Internal,
        };
        var meaning = error.StatusCode == StatusCode.DeadlineExceeded ? "No answer came before the deadline of the call." : reason.Meaning;
        return new MeshException(reason, error.Status.Detail is { Length: > 0 } detail ? detail : meaning);
    }

    /// <summary>A path, verb or content that no method answers to, by the HTTP status that routing gave.</summary>
    public static MeshException FromHttpStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => new MeshException(ErrorReasons.NotFound,
            "Nothing answers at this path. The contracts in protos/ list the paths."),
        StatusCodes.Status405MethodNotAllowed => new MeshException(ErrorReasons.Unimplemented,
            "This path answers to another HTTP method. The contracts in protos/ list them."),
        StatusCodes.Status413PayloadTooLarge => TooLarge(),
        StatusCodes.Status415UnsupportedMediaType => MeshException.Invalid("content-type", "Must be application/json or application/grpc."),
        < StatusCodes.Status500InternalServerError or StatusCodes.Status505HttpVersionNotsupported => MeshException.Invalid(WholeRequest,
            "The request is not valid HTTP: its first line, path (no %00), headers (at most 32 KiB) or the encoding of its body."),
        _ => new MeshException(ErrorReasons.Internal, "An internal error. The server's log has the details."),
    };

    public static MeshException Cancelled() => new(ErrorReasons.Cancelled, "The client cancelled the call.");

    public static MeshException DeadlinePassed() =>
        new(ErrorReasons.DeadlineUnmeetable, "The deadline passed before the call was answered.");

    /// <summary>Lists end their pages before that; what is left is one thing that is too large.</summary>
    private static MeshException AnswerTooLarge() => new(ErrorReasons.MessageTooLarge, string.Create(CultureInfo.InvariantCulture,
        $"The answer is larger than {AnswerPage.MaxMessageBytes:N0} bytes, the limit of this process. Ask for less at once."));

    private static MeshException TooLarge() => new(ErrorReasons.MessageTooLarge, string.Create(CultureInfo.InvariantCulture,
        $"The request is larger than {MeshHost.MaxMessageBytes:N0} bytes, the limit of this process. Send less at once."));
}
