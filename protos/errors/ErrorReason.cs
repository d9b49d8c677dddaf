using Grpc.Core;

namespace SynCxr.Mesh.Errors;

/// <summary>
/// Why a call was refused: the <c>reason</c> of its ErrorInfo (domain <c>syncxr.mesh</c>) and the status that goes with it.
/// </summary>
/// <param name="Name">UPPER_SNAKE, never changed once released.</param>
/// <param name="Status">The gRPC status code.</param>
/// <param name="Meaning">One sentence for the reader of the registry.</param>
public sealed record ErrorReason(string Name, StatusCode Status, string Meaning);

/// <summary>The one registry of reasons. A test holds every name, its status and the table in <c>protos/README.md</c> together.</summary>
public static class ErrorReasons
{
    /// <summary>The domain of every ErrorInfo.</summary>
    public const string Domain = "syncxr.mesh";

    public static readonly ErrorReason InvalidField = new("INVALID_FIELD", StatusCode.InvalidArgument,
        "A field of the request is wrong; the field violations say which.");
    public static readonly ErrorReason Infeasible = new("INFEASIBLE", StatusCode.InvalidArgument,
        "The request can't be met, however idle the mesh is; the message says how much can.");
    public static readonly ErrorReason RequestIdReused = new("REQUEST_ID_REUSED", StatusCode.InvalidArgument,
        "The request_id was used before with another body.");
    public static readonly ErrorReason NotFound = new("NOT_FOUND", StatusCode.NotFound, "No resource of that name exists for this tenant.");
    public static readonly ErrorReason WrongState = new("WRONG_STATE", StatusCode.FailedPrecondition,
        "The resource is in a state that does not allow the call.");
    public static readonly ErrorReason ModelNotLoaded = new("MODEL_NOT_LOADED", StatusCode.FailedPrecondition,
        "The model that the call needs is not loaded here.");
    public static readonly ErrorReason EntityCheckFailed = new("ENTITY_CHECK_FAILED", StatusCode.FailedPrecondition,
        "No report passed its entity check within the attempt cap; every attempt is recorded.");
    public static readonly ErrorReason QueueFull = new("QUEUE_FULL", StatusCode.Unavailable,
        "The queue is full; RetryInfo says when to try again, another replica may serve at once.");
    public static readonly ErrorReason Draining = new("DRAINING", StatusCode.Unavailable,
        "The replica is shutting down; another one serves.");
    public static readonly ErrorReason PeerUnreachable = new("PEER_UNREACHABLE", StatusCode.Unavailable,
        "A service that the call needs does not answer; the message names it.");
    public static readonly ErrorReason QuotaExhausted = new("QUOTA_EXHAUSTED", StatusCode.ResourceExhausted,
        "The tenant's quota is used up.");
    public static readonly ErrorReason DeadlineUnmeetable = new("DEADLINE_UNMEETABLE", StatusCode.DeadlineExceeded,
        "The deadline can't be met at the measured rate, or has passed.");
    public static readonly ErrorReason Unauthenticated = new("UNAUTHENTICATED", StatusCode.Unauthenticated,
        "The call carries no identity that this process accepts.");
    public static readonly ErrorReason DataCorrupt = new("DATA_CORRUPT", StatusCode.DataLoss, "Stored bytes do not match their digest.");
    public static readonly ErrorReason Internal = new("INTERNAL", StatusCode.Internal,
        "An error of the mesh itself; the request id finds it in the logs.");

    /// <summary>Every reason, in the order of the table.</summary>
    public static IReadOnlyList<ErrorReason> All { get; } =
    [
        InvalidField, Infeasible, RequestIdReused, NotFound, WrongState, ModelNotLoaded, EntityCheckFailed,
        QueueFull, Draining, PeerUnreachable, QuotaExhausted, DeadlineUnmeetable, Unauthenticated, DataCorrupt, Internal,
    ];
}
