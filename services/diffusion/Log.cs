namespace SynCxr.Mesh.Diffusion;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "model {Model} {Version} ({Digest}) on {Fingerprint} loaded in {Seconds:0.00} s",
        EventName = "diffusion.model-loaded")]
    public static partial void ModelLoaded(ILogger logger, string model, string version, string digest, string fingerprint, double seconds);

    [LoggerMessage(2, LogLevel.Debug, "{Width}x{Height} image of seed {Seed} drawn in {Seconds:0.00} s",
        EventName = "diffusion.image-drawn")]
    public static partial void ImageRendered(ILogger logger, int width, int height, ulong seed, double seconds);
}
