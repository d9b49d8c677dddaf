namespace SynCxr.Mesh.Curation;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Loaded judge {Name} version {Version} ({Digest}) with {Bank} images in its bad bank.",
        EventName = "judge.loaded")]
    public static partial void JudgeLoaded(ILogger logger, string name, string version, string digest, int bank);

    [LoggerMessage(3, LogLevel.Warning, "Judge {Name} was not trained on these questions; its answers to them decide nothing: {Questions}",
        EventName = "judge.untrained")]
    public static partial void JudgeHasUntrainedHeads(ILogger logger, string name, string questions);

    [LoggerMessage(4, LogLevel.Information, "Each image of generator {Generator} is compared with its {Count} training images.",
        EventName = "memory.loaded")]
    public static partial void MemorisationIndexLoaded(ILogger logger, string generator, int count);

    [LoggerMessage(5, LogLevel.Warning, "{Path} has no memory/index.json: the images of this generator are not checked for memorisation.",
        EventName = "memory.absent")]
    public static partial void MemorisationIndexAbsent(ILogger logger, string path);

    [LoggerMessage(6, LogLevel.Error, "The memorisation index of generator {Generator} can't be used: {Problem}",
        EventName = "memory.refused")]
    public static partial void MemorisationIndexUnusable(ILogger logger, string generator, string problem);

    [LoggerMessage(7, LogLevel.Warning,
        "The index of generator {Generator} below Curation:IndexRoot is not used: the generator's folder has one of its own.",
        EventName = "memory.superfluous")]
    public static partial void MemorisationIndexSuperfluous(ILogger logger, string generator);

    [LoggerMessage(20, LogLevel.Information,
        "The judge {Judge} is tried with {Good} of {AllGood} good pictures and {Bad} of {AllBad} bad ones, those that it gets right.",
        EventName = "canaries.kept")]
    public static partial void CanariesKept(ILogger logger, string judge, int good, int allGood, int bad, int allBad);

    [LoggerMessage(21, LogLevel.Warning, "Canary {Name} is left out: at its start the judge {Judge} {Verdict} it.",
        EventName = "canaries.left-out")]
    public static partial void CanaryLeftOut(ILogger logger, string name, string judge, string verdict);

    [LoggerMessage(22, LogLevel.Warning, "The judge {Judge} can't assess its canaries yet: {Problem}", EventName = "canaries.waiting")]
    public static partial void CanaryNotAssessed(ILogger logger, string judge, string problem);
}
