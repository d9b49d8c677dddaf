using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Finds the part of a split that the name of a file or folder tells.</summary>
internal static partial class SplitName
{
    /// <summary>In lower case, as it is spelled there: <c>train</c> of <c>stage_2_train_images</c>; null where there is none.</summary>
    public static string? Find(string name) => Words().Match(name) is { Success: true } match ? match.Value.ToLowerInvariant() : null;

    [GeneratedRegex("(?<![a-z])(train[_-]?val|training|train|validation|validate|valid|val|testing|test|dev)(?![a-z])",
        RegexOptions.IgnoreCase)]
    private static partial Regex Words();
}
