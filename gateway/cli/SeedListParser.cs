using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli;

/// <summary>Reads a list of seeds as it is typed: <c>1,2,3</c>.</summary>
internal static class SeedListParser
{
    /// <param name="option">Name of the option.</param>
    /// <param name="text">What was typed; null for no list.</param>
    /// <exception cref="MeshException">INVALID_FIELD: a part is no seed.</exception>
    public static IReadOnlyList<ulong> Parse(string option, string? text) => text is null ? []
        : [.. text.Split(',').Select(part => ulong.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed : throw MeshException.Invalid(option,
                $"'{EchoedText.Shorten(part)}' is no seed. Give whole numbers from 0 on, with commas between them: 1,2,3."))];
}
