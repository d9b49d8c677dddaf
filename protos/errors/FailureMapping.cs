using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Errors;

/// <summary>An exception as the failure that a data set, a training or an evaluation shows.</summary>
public static class FailureMapping
{
    /// <summary>Most bytes of UTF-8 that a message has, as in a refusal.</summary>
    private const int MaxMessageBytes = 1024;

    /// <param name="error">
    /// A refusal keeps its reason and fields, a peer's error the reason that the peer gave; anything else is INTERNAL.
    /// </param>
    /// <param name="message">What people read; the exception's message if null.</param>
    public static Failure ToFailure(Exception error, string? message = null)
    {
        var failure = error switch
        {
            MeshException refusal => new Failure
            {
                Reason = refusal.Reason.Name,
                Message = refusal.Message,
                Fields = { refusal.Fields.Select(f => f.Field) },
            },
            RpcException peer => new Failure
            {
                Reason = peer.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? ErrorReasons.Internal.Name,
                Message = peer.Status.Detail,
            },
            _ when DiskFullMapping.IsDiskFull(error) => new Failure
            {
                Reason = ErrorReasons.DiskFull.Name,
                Message = DiskFullMapping.ToRefusal().Message,
            },
            _ => new Failure { Reason = ErrorReasons.Internal.Name, Message = DescribeInternal(error) },
        };
        if (message is not null)
            failure.Message = message;
        failure.Message = EchoedText.CutToBytes(EchoedText.Escape(failure.Message), MaxMessageBytes);
        return failure;
    }

    /// <summary>
    /// The sentences of these are our own. What the platform says, such as of a file that can't be opened, is for the log: it names paths
    /// of the machine, or repeats what it could not read.
    /// </summary>
    private static string DescribeInternal(Exception error) =>
        error is InvalidDataException or InvalidOperationException or TimeoutException
            ? error.Message : "An internal error. The log of the service has the details.";
}
