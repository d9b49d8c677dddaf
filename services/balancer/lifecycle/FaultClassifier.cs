using System.Collections.Frozen;
using System.Data.Common;
using System.Text.Json;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// The one place that decides what a fault means. A registered reason decides before the gRPC status; the place decides where one reason
/// means two things: what is not found while an image is judged is an object, elsewhere a model.
/// </summary>
internal static class FaultClassifier
{
    /// <summary>Why an attempt was rejected whose image would have held NaN or infinity.</summary>
    public const string NotFinite = "not_finite";

    /// <summary>Why an attempt was rejected whose conversation was longer than the language model takes.</summary>
    public const string ContextExceeded = "context_exceeded";

    /// <summary>Why an attempt was rejected for which the language model wrote nothing.</summary>
    public const string EmptyText = "empty_text";

    private static readonly FrozenDictionary<string, FaultKind> _byReason = new Dictionary<string, FaultKind>
    {
        [ErrorReasons.QueueFull.Name] = FaultKind.Transient,
        [ErrorReasons.Draining.Name] = FaultKind.Transient,
        [ErrorReasons.PeerUnreachable.Name] = FaultKind.Transient,
        [ErrorReasons.QuotaExhausted.Name] = FaultKind.Transient,
        [ErrorReasons.DeadlineUnmeetable.Name] = FaultKind.Transient,
        [ErrorReasons.Cancelled.Name] = FaultKind.Transient,
        [ErrorReasons.Internal.Name] = FaultKind.Transient,
        [ErrorReasons.WrongState.Name] = FaultKind.Transient,
        [ErrorReasons.EntityCheckFailed.Name] = FaultKind.Attempt,
        [ErrorReasons.ModelOutputNotFinite.Name] = FaultKind.Attempt,
        [ErrorReasons.ContentRefused.Name] = FaultKind.Attempt,
        [ErrorReasons.ContextExceeded.Name] = FaultKind.Attempt,
        [ErrorReasons.EmptyText.Name] = FaultKind.Attempt,
        [ErrorReasons.ModelNotLoaded.Name] = FaultKind.Dataset,
        [ErrorReasons.JudgeDrifted.Name] = FaultKind.Dataset,
        [ErrorReasons.NotFound.Name] = FaultKind.Dataset,
        [ErrorReasons.DataCorrupt.Name] = FaultKind.Dataset,
        [ErrorReasons.Unauthenticated.Name] = FaultKind.Brief,
        [ErrorReasons.PermissionDenied.Name] = FaultKind.Dataset,
        [ErrorReasons.Unimplemented.Name] = FaultKind.Dataset,
        [ErrorReasons.StoreRefused.Name] = FaultKind.Dataset,
        [ErrorReasons.DiskFull.Name] = FaultKind.Dataset,
        [ErrorReasons.MessageTooLarge.Name] = FaultKind.Dataset,
        [ErrorReasons.InvalidField.Name] = FaultKind.Spec,
        [ErrorReasons.Infeasible.Name] = FaultKind.Spec,
        [ErrorReasons.RequestIdReused.Name] = FaultKind.Spec,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reasons for which nobody did the work, but nothing is broken either.</summary>
    private static readonly FrozenSet<string> _absences = new[]
    {
        ErrorReasons.QueueFull, ErrorReasons.Draining, ErrorReasons.PeerUnreachable, ErrorReasons.QuotaExhausted,
        ErrorReasons.DeadlineUnmeetable, ErrorReasons.Cancelled, ErrorReasons.ModelNotLoaded,
    }.Select(r => r.Name).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> _rejections = new Dictionary<string, string>
    {
        [ErrorReasons.EntityCheckFailed.Name] = "entity_check",
        [ErrorReasons.ModelOutputNotFinite.Name] = NotFinite,
        [ErrorReasons.ContentRefused.Name] = "content_refused",
        [ErrorReasons.ContextExceeded.Name] = ContextExceeded,
        [ErrorReasons.EmptyText.Name] = EmptyText,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Fields by which the services name the model, generator, judge, encoder or bank that they do not have.</summary>
    private static readonly FrozenSet<string> _modelFields = new[]
    {
        "model", "generator", "spec.model", "embedding.name", "bank.name", "alignment.model.name",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static Fault Classify(Exception error, FaultPlace place) => Decide(error, place) with
    {
        Cause = error is RpcException call ? call.StatusCode.ToString() : error.GetType().Name,
    };

    private static Fault Decide(Exception error, FaultPlace place) => error switch
    {
        _ when DiskFullMapping.IsDiskFull(error) => Fault.OfDataset(ErrorReasons.DiskFull, DiskFullMapping.ToRefusal().Message)
            with
        { WaitsFor = PeerOf(error, place) },
        RpcException call => Classify(Signal.FromCall(call), place) with { WaitsFor = PeerOf(call, place) },
        MeshException refusal => Classify(Signal.FromRefusal(refusal), place) with { WaitsFor = PeerOf(refusal, place) },
        // Files that were not as they were written are written again.
        SealedDatasetException => Transient(error, place) with { IsBroken = true, Reason = ErrorReasons.DataCorrupt.Name },
        JsonException or InvalidProtocolBufferException or InvalidJsonException or FormatException or InvalidDataException =>
            Fault.OfDataset(ErrorReasons.DataCorrupt, $"what is stored can't be read: {error.Message}"),
        OperationCanceledException or TimeoutException or HttpRequestException or IOException => Transient(error, place)
            with
        { Reason = ErrorReasons.PeerUnreachable.Name },
        DbException or DbUpdateException => Transient(error, place) with { IsBroken = true, WaitsFor = "database" },
        _ when place == FaultPlace.Context => Fault.OfDataset(
            ErrorReasons.DataCorrupt, $"what all of its pairs depend on can't be read: {error.Message}"),
        _ => Transient(error, place) with { IsBroken = true },
    };

    private static Fault Transient(Exception error, FaultPlace place) =>
        new(FaultKind.Transient, ErrorReasons.Internal.Name, error.Message)
        {
            WaitsFor = PeerOf(error, place),
        };

    private static Fault Classify(Signal signal, FaultPlace place)
    {
        var kind = KindOf(signal, place);
        return new Fault(kind, signal.Reason, signal.Detail)
        {
            IsBroken = kind == FaultKind.Attempt
                || (kind is FaultKind.Transient or FaultKind.Brief && !_absences.Contains(signal.Reason)),
            Rejection = kind == FaultKind.Attempt ? RejectionOf(signal, place) : ("", ""),
            NeedsNewReport = kind == FaultKind.Attempt && IsReportAtFault(signal, place),
            Fields = signal.Fields,
        };
    }

    private static FaultKind KindOf(Signal signal, FaultPlace place)
    {
        var isGone = signal.Reason == ErrorReasons.NotFound.Name || signal.Reason == ErrorReasons.DataCorrupt.Name;
        if (isGone && place is FaultPlace.Verdict or FaultPlace.Duplicates)
            return FaultKind.LostObject;
        if (signal.Reason == ErrorReasons.ModelNotLoaded.Name && signal.SaysWhenToRetry)
            return FaultKind.Transient; // it is being loaded
        if (IsAboutText(signal) && place is FaultPlace.Image or FaultPlace.Verdict)
            return FaultKind.Attempt;
        if (signal.Reason == ErrorReasons.InvalidField.Name && place == FaultPlace.Verdict && HasOnlyFields(signal, "image"))
            return FaultKind.Attempt; // the image is refused
        var kind = _byReason.TryGetValue(signal.Reason, out var known) ? known : KindOf(signal.Status);
        var isSpecAtFault = place is FaultPlace.Report or FaultPlace.Image && !signal.Fields.Any(_modelFields.Contains);
        return kind == FaultKind.Spec && !isSpecAtFault ? FaultKind.Dataset : kind;
    }

    /// <summary>For services that give reasons which are not ours.</summary>
    private static FaultKind KindOf(StatusCode status) => status switch
    {
        StatusCode.Unauthenticated => FaultKind.Brief,
        StatusCode.PermissionDenied or StatusCode.Unimplemented or StatusCode.NotFound or StatusCode.DataLoss => FaultKind.Dataset,
        StatusCode.InvalidArgument or StatusCode.OutOfRange => FaultKind.Spec,
        _ => FaultKind.Transient,
    };

    /// <summary>Prompt and texts are what the report service wrote, so a refusal of them is no fault of the spec.</summary>
    private static bool IsAboutText(Signal signal) => signal.Reason == ErrorReasons.MessageTooLarge.Name
        || signal.Reason == ErrorReasons.ContextExceeded.Name
        || (signal.Reason == ErrorReasons.InvalidField.Name && HasOnlyFields(signal, "spec.prompt")) || IsAboutAlignedTexts(signal);

    /// <summary>Texts that the image-text model can't read.</summary>
    private static bool IsAboutAlignedTexts(Signal signal) =>
        signal.Reason == ErrorReasons.InvalidField.Name && HasOnlyFields(signal, "alignment.texts");

    /// <summary>True where another image of the same report would be refused too.</summary>
    private static bool IsReportAtFault(Signal signal, FaultPlace place) =>
        (place == FaultPlace.Image && IsAboutText(signal)) || (place == FaultPlace.Verdict && IsAboutAlignedTexts(signal));

    private static bool HasOnlyFields(Signal signal, string field) =>
        signal.Fields.Count > 0 && signal.Fields.All(f => f == field || f.StartsWith(field + ".", StringComparison.Ordinal));

    private static (string Step, string Reason) RejectionOf(Signal signal, FaultPlace place)
    {
        var isText = place == FaultPlace.Report || IsReportAtFault(signal, place);
        return (isText ? "report" : "image",
            _rejections.TryGetValue(signal.Reason, out var reason) ? reason : isText ? "text_refused" : "image_refused");
    }

    /// <summary>Who did not do the work: as the fault says it, else as the place has it.</summary>
    private static string PeerOf(Exception error, FaultPlace place) =>
        error is RpcException call && call.GetRpcStatus()?.GetDetail<ErrorInfo>() is { } info
            && info.Metadata.TryGetValue("peer", out var named) ? named
        : error.Data["peer"] as string ?? place switch
        {
            FaultPlace.Context => "database",
            FaultPlace.Report => "report",
            FaultPlace.Image => "diffusion",
            FaultPlace.Verdict or FaultPlace.Duplicates => "curation",
            _ => "object store",
        };

    /// <summary>What of a refusal the decision depends on, wherever it came from.</summary>
    private sealed record Signal(string Reason, StatusCode Status, string Detail, bool SaysWhenToRetry, IReadOnlyList<string> Fields)
    {
        public static Signal FromRefusal(MeshException refusal) => new(refusal.Reason.Name, refusal.Reason.Status, refusal.Message,
            refusal.RetryAfter is not null, [.. refusal.Fields.Select(f => f.Field)]);

        public static Signal FromCall(RpcException call)
        {
            var status = call.GetRpcStatus();
            var plain = FailedCallMapping.FromPeer(call);
            var reason = status?.GetDetail<ErrorInfo>()?.Reason is { Length: > 0 } given ? given : plain.Reason.Name;
            return new Signal(reason, call.StatusCode, call.Status.Detail is { Length: > 0 } detail ? detail : plain.Message,
                status?.GetDetail<RetryInfo>() is not null,
                [.. status?.GetDetail<BadRequest>()?.FieldViolations.Select(f => f.Field) ?? []]);
        }
    }
}
