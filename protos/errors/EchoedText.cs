using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Errors;

/// <summary>What a caller sent, as a message may show it.</summary>
public static class EchoedText
{
    /// <summary>Most characters of a caller's text that any message repeats.</summary>
    public const int MaxLength = 120;

    private const char Ellipsis = '…';

    /// <summary>
    /// The text with control characters, line separators, invisible formatting and halves of a character escaped (<c>\n</c>,
    /// <c>\u202e</c>), cut to <see cref="MaxLength"/> characters, the last of which is then an ellipsis.
    /// </summary>
    public static string Shorten(string text)
    {
        var shown = new StringBuilder();
        var lastCut = 0; // where what was shown last begins, so that no escape and no pair is cut in two
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = char.IsSurrogatePair(text, i);
            var part = isPair ? text.Substring(i, 2) : Escape(text[i]);
            if (shown.Length + part.Length > MaxLength)
                return shown.ToString(0, shown.Length < MaxLength ? shown.Length : lastCut) + Ellipsis;
            lastCut = shown.Length;
            shown.Append(part);
            i += isPair ? 1 : 0;
        }
        return shown.ToString();
    }

    /// <summary>The whole text, with the same characters escaped: one line, whatever was in it.</summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsEscaped))
            return text;
        var shown = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
                shown.Append(text, i++, 2);
            else
                shown.Append(Escape(text[i]));
        }

        return shown.ToString();
    }

    /// <summary>The text cut to so many bytes of UTF-8, the last of which are then an ellipsis.</summary>
    public static string CutToBytes(string text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytes)
            return text;
        var (kept, left) = (new StringBuilder(), bytes - Encoding.UTF8.GetByteCount([Ellipsis]));
        foreach (var rune in text.EnumerateRunes())
        {
            if ((left -= rune.Utf8SequenceLength) < 0)
                break;
            kept.Append(rune);
        }

        return kept.Append(Ellipsis).ToString();
    }

    private static bool IsEscaped(char character) => char.GetUnicodeCategory(character) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;

    private static string Escape(char character) => character switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => IsEscaped(character) ? $"\\u{(int)character:x4}" : character.ToString(),
    };
}
