using System.Text;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>What CLIP's tokenizer does to a text before it looks for words.</summary>
internal static class ClipTextNormalizer
{
    private const int CapitalDottedI = 0x130;

    /// <summary>
    /// Form C, then one blank for each run of white space, then lower case character by character: a final sigma is not special, and of all
    /// characters only <c>İ</c> becomes two.
    /// </summary>
    public static string Normalize(string text)
    {
        var normalized = new StringBuilder(text.Length);
        var isAfterSpace = false;
        foreach (var rune in CanonicalComposer.Compose(text).EnumerateRunes())
        {
            var isSpace = Rune.IsWhiteSpace(rune);
            if (!isSpace)
                Append(normalized, rune);
            else if (!isAfterSpace)
                normalized.Append(' ');
            isAfterSpace = isSpace;
        }
        return normalized.ToString();
    }

    private static void Append(StringBuilder normalized, Rune rune)
    {
        if (rune.Value == CapitalDottedI)
            normalized.Append("i\u0307");
        else
            normalized.Append(Rune.ToLowerInvariant(rune));
    }
}
