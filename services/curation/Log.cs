namespace SynCxr.Mesh.Curation;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "judge {Name} version {Version} ({Digest}) is loaded, {Bank} known-bad images",
        EventName = "judge.loaded")]
    public static partial void JudgeLoaded(ILogger logger, string name, string version, string digest, int bank);

    [LoggerMessage(2, LogLevel.Error, "the judge in {Path} can't be loaded", EventName = "judge.load-failed")]
    public static partial void JudgeLoadFailed(ILogger logger, string path, Exception error);

    [LoggerMessage(3, LogLevel.Warning, "judge {Name} answers without having learnt it, and those answers decide nothing: {Questions}",
        EventName = "judge.untrained")]
    public static partial void JudgeHasUntrainedHeads(ILogger logger, string name, string questions);

    [LoggerMessage(4, LogLevel.Information, "{Count} training images of generator {Generator} are held against each image",
        EventName = "memory.loaded")]
    public static partial void MemorisationIndexLoaded(ILogger logger, string generator, int count);

    [LoggerMessage(5, LogLevel.Warning, "{Path} has no memory/index.json: no memorisation check for that generator",
        EventName = "memory.absent")]
    public static partial void MemorisationIndexAbsent(ILogger logger, string path);

    [LoggerMessage(6, LogLevel.Error, "the memorisation index of generator {Generator} is refused: {Problem}",
        EventName = "memory.refused")]
    public static partial void MemorisationIndexUnusable(ILogger logger, string generator, string problem);
}
