using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>Maps job rows to training resources, and steps to points of curves.</summary>
internal static class TrainingMapping
{
    public static TrainingRun ToProto(JobView<TrainingStatus> work)
    {
        var (row, status) = work;
        return new TrainingRun
        {
            Name = $"trainings/{row.Id}",
            Spec = TrainingSpec.Parser.ParseJson(row.SpecJson),
            State = row.Stage switch
            {
                JobStage.Waiting => TrainingState.Queued,
                JobStage.Running => TrainingState.Running,
                JobStage.Succeeded => TrainingState.Succeeded,
                JobStage.Failed => TrainingState.Failed,
                _ => TrainingState.Cancelled,
            },
            Progress = status.Progress is { } loop ? ToProgress(loop) : null,
            Statistics = status.Progress is { } last ? ToStatistics(last) : null,
            ModelFolder = status.ModelFolder,
            ModelDigest = status.ModelDigest,
            Failure = JobFailure.ToProto(row,
                status.FailureReason.Length > 0 ? new Failure { Reason = status.FailureReason, Fields = { status.FailureFields } } : null),
            Notes = { status.Notes },
            Cause = JobKey.GetCause(row),
            CreateTime = Time(row.CreatedMs),
            EndTime = row.EndedMs is { } ended ? Time(ended) : null,
        };
    }

    public static CurvePoint ToProto(LoopProgress point)
    {
        var wire = new CurvePoint
        {
            Phase = ToPhase(point.Phase),
            Step = point.Step,
            Loss = point.Loss,
            LearningRate = point.LearningRate,
            SkippedSteps = point.Skipped,
        };
        if (point.Validation is { } held)
            wire.ValidationLoss = held;
        return wire;
    }

    private static Progress ToProgress(LoopProgress p) => new()
    {
        Activity = p.Phase,
        Done = p.Step,
        Total = p.Steps,
        Remaining = Duration.FromTimeSpan(TimeSpan.FromSeconds(p.SecondsLeft)),
    };

    private static TrainingPhase ToPhase(string name) => System.Enum.Parse<TrainingPhase>(name, ignoreCase: true);

    private static TrainingStatistics ToStatistics(LoopProgress p)
    {
        var wire = new TrainingStatistics
        {
            Phase = ToPhase(p.Phase),
            Loss = p.Loss,
            LearningRate = p.LearningRate,
            SamplesPerSecond = p.SamplesPerSecond,
            SkippedSteps = p.Skipped,
        };
        if (p.Validation is { } held)
            wire.ValidationLoss = held;
        return wire;
    }

    private static Timestamp Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToTimestamp();
}
