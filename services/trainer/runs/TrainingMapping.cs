using Google.Protobuf.WellKnownTypes;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>A row as the resource, and a step of its curves.</summary>
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
            Progress = status.Progress is { } progress ? Progress(progress) : null,
            ModelFolder = status.ModelFolder,
            ModelDigest = status.ModelDigest,
            Error = row.Error,
            ErrorFields = { status.ErrorFields },
            Cause = JobKey.GetCause(row),
            CreateTime = Time(row.CreatedMs),
            EndTime = row.EndedMs is { } ended ? Time(ended) : null,
        };
    }

    public static CurvePoint ToProto(LoopProgress point)
    {
        var wire = new CurvePoint
        {
            Phase = point.Phase,
            Step = point.Step,
            Loss = point.Loss,
            LearningRate = point.LearningRate,
            SkippedSteps = point.Skipped,
        };
        if (point.Validation is { } held)
            wire.ValidationLoss = held;
        return wire;
    }

    private static TrainingProgress Progress(LoopProgress p)
    {
        var wire = new TrainingProgress
        {
            Phase = p.Phase,
            Step = p.Step,
            Steps = p.Steps,
            Loss = p.Loss,
            LearningRate = p.LearningRate,
            SamplesPerSecond = p.SamplesPerSecond,
            EtaSeconds = p.SecondsLeft,
            SkippedSteps = p.Skipped,
        };
        if (p.Validation is { } held)
            wire.ValidationLoss = held;
        return wire;
    }

    private static Timestamp Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToTimestamp();
}
