using System.Globalization;

namespace SynCxr.Mesh.Report.Tagging;

/// <summary>
/// Reads one word of a text, normalised (<see cref="WordNormalizer"/>): without soft hyphens and other characters that nobody sees, and in
/// one piece where a hyphen parts it at the end of a line.
/// </summary>
internal static class WordReader
{
    /// <summary>No word has more letters; one that does is cut.</summary>
    private const int MaxWordLength = 64;

    /// <summary>Adds the word that begins at <paramref name="at"/> and returns where the text goes on.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">Where a letter or digit stands.</param>
    /// <param name="end">Where the part of the text that is read ends.</param>
    /// <param name="tokens">Gets one token, or one for each word that an abbreviation stands for.</param>
    public static int Read(string text, int at, int end, List<ReportToken> tokens)
    {
        Span<char> letters = stackalloc char[MaxWordLength + 8];
        var next = ReadLetters(text, at, end, letters, out var length);
        if (length <= 2 && next < end && text[next] == '/')
            next = ReadSlashed(text, next, end, letters, ref length);
        foreach (var word in WordNormalizer.Normalize(letters[..length]))
            tokens.Add(new ReportToken(word.Text, at, next - at, word.Roles));
        return next;
    }

    /// <summary>Whether a character is not seen: soft hyphens, joiners, marks of direction and of byte order.</summary>
    public static bool IsInvisible(char c) => c >= '\u00AD' && c is '\u00AD' or (>= '\u200B' and <= '\u200F') or '\u2060' or '\uFEFF';

    private static int ReadLetters(string text, int at, int end, Span<char> letters, out int length)
    {
        length = 0;
        var wordEnd = at;
        for (var next = at; next < end && length < MaxWordLength;)
        {
            var c = text[next];
            if (char.IsLetterOrDigit(c))
            {
                AddLetter(c, letters, ref length);
                wordEnd = ++next;
            }
            else if (c is '\'' or '\u2019' or '\u02BC')
            {
                if (next + 1 >= end || !char.IsLetter(text[next + 1]))
                    break;
                next++;
            }
            else if (c == '.')
            {
                if (!char.IsDigit(text[next - 1]) || next + 1 >= end || !char.IsDigit(text[next + 1]))
                    break;
                letters[length++] = c;
                next++;
            }
            else if (LineHyphen.FindContinuation(text, at, next, end, letters[..length]) is { } joined)
            {
                next = joined;
            }
            else if (IsInvisible(c) || (c > '\u02FF' && CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark))
            {
                next++;
            }
            else
            {
                break;
            }
        }

        return wordEnd;
    }

    private static void AddLetter(char c, Span<char> letters, ref int length)
    {
        if (c is >= '\uFF10' and <= '\uFF5A')
        {
            letters[length++] = char.ToLowerInvariant((char)(c - 0xFEE0));
        }
        else if (c >= '\u00E6' && WordTable.Characters.TryGetValue(c, out var read))
        {
            read.CopyTo(letters[length..]);
            length += read.Length;
        }
        else
        {
            letters[length++] = char.ToLowerInvariant(c);
        }
    }

    /// <summary>Abbreviations with a slash: <c>w/o</c>, <c>2/2</c>.</summary>
    private static int ReadSlashed(string text, int slash, int end, Span<char> letters, ref int length)
    {
        var next = slash + 1;
        while (next < end && next <= slash + 4 && char.IsLetterOrDigit(text[next]))
            next++;
        text.AsSpan(slash, next - slash).ToLowerInvariant(letters[length..]);
        if (WordNormalizer.IsSpelling(letters[..(length + next - slash)]) && (next >= end || text[next] != '/'))
        {
            length += next - slash;
            return next;
        }

        if (!WordNormalizer.IsSpelling(letters[..(length + 1)]))
            return slash;
        length++;
        return slash + 1;
    }
}
