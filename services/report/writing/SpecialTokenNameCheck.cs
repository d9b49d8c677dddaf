using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// Names of special tokens, <c>&lt;|endoftext|&gt;</c> and its like, in a text that becomes a prompt. A generator's tokenizer takes such a
/// name for the token itself, in any case of its letters, so a report could end its own prompt. No report needs one.
/// </summary>
internal static partial class SpecialTokenNameCheck
{
    /// <summary>What is wrong with a text, as the end of a sentence about it; null where it holds no such name.</summary>
    public static string? FindProblem(string text)
    {
        var name = NamePattern().Match(text).Value;
        return name.Length == 0 ? null : $"holds '{EchoedText.Shorten(name)}', which generators read as a special token";
    }

    [GeneratedRegex(@"<\|.*?\|>", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
