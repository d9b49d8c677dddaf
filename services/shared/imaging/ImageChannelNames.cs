namespace SynCxr.Mesh.Imaging;

/// <summary>What an image keeps of a decoder's colours.</summary>
public static class ImageChannelNames
{
    /// <summary>The mean of the decoded values before they are rounded: for radiographs, which have no colour. The default.</summary>
    public const string Gray = "gray";

    /// <summary>Red, green and blue as they are decoded: for holding an image against another program's.</summary>
    public const string Rgb = "rgb";

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> All { get; } = [Gray, Rgb];
}
