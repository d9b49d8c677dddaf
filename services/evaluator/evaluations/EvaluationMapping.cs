using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Jobs;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>Maps job rows to evaluation resources: figures come from the status, all else from the row.</summary>
internal static class EvaluationMapping
{
    public static Evaluation ToProto(JobView<Evaluation> work) => Fill(work.Row, work.Status.Clone());

    /// <summary>A resource without figures yet.</summary>
    public static Evaluation ToEmptyProto(JobRow row) => Fill(row, new Evaluation());

    private static Evaluation Fill(JobRow row, Evaluation wire)
    {
        wire.Name = $"evaluations/{row.Id}";
        wire.Spec = EvaluationSpec.Parser.ParseJson(row.SpecJson);
        wire.State = row.Stage switch
        {
            JobStage.Waiting => EvaluationState.Queued,
            JobStage.Running => EvaluationState.Running,
            JobStage.Succeeded => EvaluationState.Succeeded,
            JobStage.Failed => EvaluationState.Failed,
            _ => EvaluationState.Cancelled,
        };
        wire.Failure = JobFailure.ToProto(row, wire.Failure);
        wire.Cause = JobKey.GetCause(row);
        wire.CreateTime = Time(row.CreatedMs);
        wire.EndTime = row.EndedMs is { } ended ? Time(ended) : null;
        return Shorten(wire);
    }

    /// <summary>Leaves figures out of an evaluation that is too large for one answer, and says so; its files have all of them.</summary>
    internal static Evaluation Shorten(Evaluation wire)
    {
        var (bytes, all) = (wire.CalculateSize(), wire.Figures.Count);
        while (bytes > AnswerPage.MaxBytes && wire.Figures.Count > 0)
        {
            bytes -= wire.Figures[^1].CalculateSize();
            wire.Figures.RemoveAt(wire.Figures.Count - 1);
        }

        if (wire.Figures.Count < all)
            wire.Notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{all - wire.Figures.Count} of {all} figures are left out here; {EvaluationRun.FiguresFile}, a file of the evaluation, "
                    + $"has all of them once it has ended."));
        return wire;
    }

    private static Timestamp Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToTimestamp();
}
