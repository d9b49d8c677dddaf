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
    public static readonly ErrorReason ModelOutputNotFinite = new("MODEL_OUTPUT_NOT_FINITE", StatusCode.FailedPrecondition,
        "The model gave NaN or infinity, so no image came out; another seed or another spec may work.");
    public static readonly ErrorReason ContentRefused = new("CONTENT_REFUSED", StatusCode.FailedPrecondition,
        "A model's provider refuses the content of this request by its policy; another seed or another entity set may pass.");
    public static readonly ErrorReason ContextExceeded = new("CONTEXT_EXCEEDED", StatusCode.FailedPrecondition,
        "The conversation is longer than the context of the language model.");
    public static readonly ErrorReason EmptyText = new("EMPTY_TEXT", StatusCode.FailedPrecondition,
        "The language model ended every attempt without a text.");
    public static readonly ErrorReason JudgeDrifted = new("JUDGE_DRIFTED", StatusCode.FailedPrecondition,
        "The judge is wrong on pictures that it judged rightly at its start; the message says on how many.");
    public static readonly ErrorReason StoreRefused = new("STORE_REFUSED", StatusCode.FailedPrecondition,
        "The object store refuses the request: its key, its bucket or its policy must be changed.");
    public static readonly ErrorReason QueueFull = new("QUEUE_FULL", StatusCode.Unavailable,
        "The queue is full; RetryInfo says when to try again, another replica may serve at once.");
    public static readonly ErrorReason Draining = new("DRAINING", StatusCode.Unavailable,
        "The replica is shutting down; another one serves.");
    public static readonly ErrorReason PeerUnreachable = new("PEER_UNREACHABLE", StatusCode.Unavailable,
        "A service that the call needs does not answer; the message names it.");
    public static readonly ErrorReason QuotaExhausted = new("QUOTA_EXHAUSTED", StatusCode.ResourceExhausted,
        "The tenant's quota is used up.");
    public static readonly ErrorReason DiskFull = new("DISK_FULL", StatusCode.ResourceExhausted,
        "No space is left where the process keeps its data; it helps nothing to try again before a person has made room.");
    public static readonly ErrorReason MessageTooLarge = new("MESSAGE_TOO_LARGE", StatusCode.ResourceExhausted,
        "The request, or the answer to it, is larger than the limit that the message says; send or ask for less.");
    public static readonly ErrorReason DeadlineUnmeetable = new("DEADLINE_UNMEETABLE", StatusCode.DeadlineExceeded,
        "The deadline can't be met at the measured rate, or has passed.");
    public static readonly ErrorReason Unauthenticated = new("UNAUTHENTICATED", StatusCode.Unauthenticated,
        "The call carries no identity that this process accepts.");
    public static readonly ErrorReason PermissionDenied = new("PERMISSION_DENIED", StatusCode.PermissionDenied,
        "The caller is known and may not do this; the message names the role that is needed.");
    public static readonly ErrorReason DataCorrupt = new("DATA_CORRUPT", StatusCode.DataLoss, "Stored bytes do not match their digest.");
    public static readonly ErrorReason Cancelled = new("CANCELLED", StatusCode.Cancelled, "The client cancelled the call.");
    public static readonly ErrorReason Unimplemented = new("UNIMPLEMENTED", StatusCode.Unimplemented,
        "The method, or the encoding of the message, is not known here; the message says which.");
    public static readonly ErrorReason Internal = new("INTERNAL", StatusCode.Internal,
        "An error of the mesh itself; the request id finds it in the logs.");

    /// <summary>Every reason, in the order of the table.</summary>
    public static IReadOnlyList<ErrorReason> All { get; } =
    [
        InvalidField, Infeasible, RequestIdReused, NotFound, WrongState, ModelNotLoaded, EntityCheckFailed, ModelOutputNotFinite,
        ContentRefused, ContextExceeded, EmptyText, JudgeDrifted, StoreRefused, QueueFull, Draining, PeerUnreachable, QuotaExhausted,
        DiskFull, MessageTooLarge, DeadlineUnmeetable, Unauthenticated, PermissionDenied, DataCorrupt, Cancelled, Unimplemented, Internal,
    ];
}
