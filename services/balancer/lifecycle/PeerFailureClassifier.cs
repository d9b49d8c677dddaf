using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>What a failed call to a peer means for a pair.</summary>
internal enum PeerFailureKind
{
    /// <summary>Try again later; never counts as an attempt.</summary>
    Transient,

    /// <summary>A defect of the peer: tried again a few times, then the data set fails with the error.</summary>
    Suspect,

    /// <summary>The same call will always fail: the data set fails with the error.</summary>
    Permanent,

    /// <summary>The content was rejected: the next attempt.</summary>
    Content,
}

internal static class PeerFailureClassifier
{
    /// <summary>Tries in a row after which a suspect failure is taken for permanent.</summary>
    public const int SuspectTries = 8;

    /// <summary>Of anything that a step threw: a database or an object store that does not answer is no defect.</summary>
    public static PeerFailureKind Classify(Exception error) => error switch
    {
        RpcException rpc => Classify(rpc),
        MeshException { Reason.Status: StatusCode.Unavailable } => PeerFailureKind.Transient,
        _ => PeerFailureKind.Suspect,
    };

    public static PeerFailureKind Classify(RpcException error)
    {
        var reason = error.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason;
        if (reason == ErrorReasons.EntityCheckFailed.Name)
            return PeerFailureKind.Content;
        return error.StatusCode switch
        {
            StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted or StatusCode.Aborted
                or StatusCode.Cancelled => PeerFailureKind.Transient,
            StatusCode.Internal or StatusCode.Unknown or StatusCode.FailedPrecondition => PeerFailureKind.Suspect,
            _ => PeerFailureKind.Permanent,
        };
    }
}
