using System.Globalization;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Curation.Judging.Chat;

/// <summary>
/// Reads the answers of a chat model. An answer is YES or NO, in any case, with nothing beside it but a full stop, quotes or asterisks:
/// what explains itself, hedges or says both is no answer.
/// </summary>
internal static partial class YesNoReader
{
    /// <summary>The answer to one question; null where the text is none.</summary>
    public static bool? Read(string? text)
    {
        var found = Word().Match(text?.Trim() ?? "");
        return found.Success ? IsYes(found) : null;
    }

    /// <summary>The line of each of <paramref name="count"/> numbered questions, without its number.</summary>
    /// <returns>In the order of their numbers; null where a question has no line, or two.</returns>
    public static string?[] FindLines(string text, int count)
    {
        var answers = new string?[count];
        var lines = new int[count];
        foreach (var line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0))
        {
            var found = NumberedLine().Match(line);
            if (!found.Success || !int.TryParse(found.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture,
                out var number) || number < 1 || number > count)
                continue;
            lines[number - 1]++;
            answers[number - 1] = found.Groups["answer"].Value;
        }

        for (var i = 0; i < count; i++)
        {
            if (lines[i] != 1)
                answers[i] = null;
        }

        return answers;
    }

    private static bool IsYes(Match word) => word.Groups["word"].Value.Equals("YES", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("""^["'*`“‘]*(?<word>yes|no)["'*`”’]*[.!]?["'*`”’]*$""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"^\**(?<number>[0-9]{1,2})\**\s*[:.)-]\**\s*(?<answer>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberedLine();
}
