namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>A line of a text without its end, from <paramref name="Start"/> up to but not including <paramref name="End"/>.</summary>
internal readonly record struct TextLine(int Start, int End)
{
    /// <summary>The lines of a text; ends are CR, LF, both, form feed, vertical tab, and Unicode's three.</summary>
    public static IEnumerable<TextLine> Split(string text)
    {
        var start = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is not ('\n' or '\r' or '\f' or '\v' or '\u0085' or '\u2028' or '\u2029'))
                continue;
            yield return new TextLine(start, at);
            if (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n')
                at++;
            start = at + 1;
        }

        yield return new TextLine(start, text.Length);
    }
}
