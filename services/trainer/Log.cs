namespace SynCxr.Mesh.Trainer;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "training {Id} starts: {Recipe}, preset {Preset}", EventName = "training.started")]
    public static partial void Started(ILogger logger, string id, string recipe, string preset);

    [LoggerMessage(2, LogLevel.Information, "training {Id} made {Folder} ({Digest})", EventName = "training.succeeded")]
    public static partial void Succeeded(ILogger logger, string id, string folder, string digest);

    [LoggerMessage(3, LogLevel.Information, "training {Id} was cancelled", EventName = "training.cancelled")]
    public static partial void Cancelled(ILogger logger, string id);

    [LoggerMessage(4, LogLevel.Error, "training {Id} failed", EventName = "training.failed")]
    public static partial void Failed(ILogger logger, string id, Exception error);

    [LoggerMessage(5, LogLevel.Information,
        "training {Id}: {Phase} {Step} of {Steps}, loss {Loss}, held out {Validation}, learning rate {LearningRate}, {SamplesPerSecond} "
        + "samples/s, {SecondsLeft} s left, {Skipped} skipped", EventName = "training.step")]
    public static partial void Step(ILogger logger, string id, string phase, long step, long steps, double loss, double? validation,
        double learningRate, double samplesPerSecond, double secondsLeft, long skipped);
}
