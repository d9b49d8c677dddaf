namespace SynCxr.Mesh.Cli.Commands;

/// <summary>What the help says of the settings that data have in every command that reads them.</summary>
internal static class DataSettingTexts
{
    public const string Views = "Views to take: frontal (PA and AP), or all. Default: frontal.";

    public const string Raters =
        "How labels of several raters, or rows that differ about one image, are joined: majority, any, first or refuse. "
        + "Default: majority where the layout has raters, else refuse.";

    public const string Duplicates =
        "What to do with an image that is there in two classes: refuse, or merge to have it once. Default: refuse.";

    public const string BadFiles =
        "What to do with images that can't be read: refuse, which names them, or skip, which counts them. Default: refuse.";

    public const string Split = "Part of the data set's own split to use, as it spells it: train, validate. Default: all parts.";
}
