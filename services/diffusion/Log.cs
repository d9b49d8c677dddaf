namespace SynCxr.Mesh.Diffusion;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Loaded model {Model} version {Version} ({Digest}) on {Fingerprint} in {Seconds:0.00} s.",
        EventName = "diffusion.model-loaded")]
    public static partial void ModelLoaded(ILogger logger, string model, string version, string digest, string fingerprint, double seconds);

    [LoggerMessage(2, LogLevel.Debug, "Rendered an image of {Width}x{Height} pixels from seed {Seed} in {Seconds:0.00} s.",
        EventName = "diffusion.image-rendered")]
    public static partial void ImageRendered(ILogger logger, int width, int height, ulong seed, double seconds);

    [LoggerMessage(3, LogLevel.Information, "model {Model}: {Scheduler} does not know these keys of the scheduler config: {Keys}",
        EventName = "diffusion.scheduler-keys-unknown")]
    public static partial void SchedulerKeysUnknown(ILogger logger, string model, string scheduler, string keys);

    [LoggerMessage(4, LogLevel.Error, "The model {Model} of Diffusion:ModelRoot can't be rendered with: {Problem}",
        EventName = "diffusion.added-model-refused")]
    public static partial void AddedModelRefused(ILogger logger, string model, string problem);
}
