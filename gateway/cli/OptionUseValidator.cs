using System.CommandLine;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Refuses options that a command would ignore: what a user types has an effect, or is named. The commands say which options depend on
/// what; the sentence and the check are here.
/// </summary>
internal static class OptionUseValidator
{
    /// <param name="parsed">The command line.</param>
    /// <param name="condition">Under which the options have no effect, as the end of a sentence: "without --with-servers".</param>
    /// <param name="unused">The options that have no effect under it.</param>
    /// <exception cref="MeshException">INVALID_FIELD: one of the options was typed.</exception>
    public static void ThrowIfTyped(ParseResult parsed, string condition, params IEnumerable<Option> unused)
    {
        foreach (var option in unused)
        {
            if (IsTyped(parsed, option))
                throw MeshException.Invalid(option.Name, $"has no effect {condition}. Leave it out.");
        }
    }

    /// <summary>True where an option was typed, false where it has its default.</summary>
    public static bool IsTyped(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
