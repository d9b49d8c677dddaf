using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Errors;

/// <summary>An exception as the failure that a data set, a training or an evaluation shows.</summary>
public static class FailureMapping
{
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
            _ => new Failure { Reason = ErrorReasons.Internal.Name, Message = error.Message },
        };
        if (message is not null)
            failure.Message = message;
        return failure;
    }
}
