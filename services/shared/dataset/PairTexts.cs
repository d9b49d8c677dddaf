namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// The texts of a pair, each a text of its own for whoever compares it with the image: a contrastive model learns from them, and says by
/// them how near the image is to its report.
/// </summary>
public static class PairTexts
{
    /// <summary>IMPRESSION and FINDINGS, those that are not empty.</summary>
    public static IReadOnlyList<string> List(string? impression, string? findings) =>
        [.. new[] { impression, findings }.OfType<string>().Where(section => section.Length > 0)];
}
