using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Database.Work;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>A row as the resource: the status holds what was found, the row all else.</summary>
internal static class EvaluationMap
{
    public static Evaluation ToProto(Work<Evaluation> work) => Fill(work.Row, work.Status.Clone());

    /// <summary>A resource that nothing was found for yet.</summary>
    public static Evaluation ToEmptyProto(WorkRow row) => Fill(row, new Evaluation());

    private static Evaluation Fill(WorkRow row, Evaluation wire)
    {
        wire.Name = $"evaluations/{row.Id}";
        wire.Spec = EvaluationSpec.Parser.ParseJson(row.SpecJson);
        wire.State = row.Stage switch
        {
            WorkStage.Waiting => EvaluationState.Queued,
            WorkStage.Running => EvaluationState.Running,
            WorkStage.Succeeded => EvaluationState.Succeeded,
            WorkStage.Failed => EvaluationState.Failed,
            _ => EvaluationState.Cancelled,
        };
        wire.Error = row.Error;
        wire.Cause = WorkKey.GetCause(row);
        wire.CreateTime = Time(row.CreatedMs);
        wire.EndTime = row.EndedMs is { } ended ? Time(ended) : null;
        return wire;
    }

    private static Timestamp Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToTimestamp();
}
