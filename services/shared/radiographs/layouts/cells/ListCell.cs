using System.Text;

namespace SynCxr.Mesh.Radiographs.Layouts.Cells;

/// <summary>Parses a list that a cell holds as text, as Python and JSON write it: <c>['a', "b, c", 'it\'s']</c>.</summary>
internal static class ListCell
{
    public const string Expected = "must be a list of quoted texts, ['a', 'b']";

    public static bool IsList(string cell) => cell.StartsWith('[');

    /// <summary>The texts without white space around them, in their order; null where the cell is no such list.</summary>
    public static IReadOnlyList<string>? Parse(string cell)
    {
        if (cell.Length < 2 || cell[0] != '[' || cell[^1] != ']')
            return null;
        var items = new List<string>();
        var inside = cell.AsSpan(1, cell.Length - 2);
        for (var at = SkipBlanks(inside, 0); at < inside.Length;)
        {
            var item = ReadItem(inside, ref at);
            if (item is null)
                return null;
            if (!EmptyCell.IsEmpty(item))
                items.Add(item);
            at = SkipBlanks(inside, at);
            if (at == inside.Length)
                break;
            if (inside[at] != ',')
                return null;
            at = SkipBlanks(inside, at + 1);
        }

        return items;
    }

    private static string? ReadItem(ReadOnlySpan<char> text, ref int at)
    {
        var quote = text[at];
        if (quote is not ('\'' or '"'))
            return ReadBareWord(text, ref at);
        var item = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == quote)
            {
                at++;
                return item.ToString().Trim();
            }

            if (text[at] == '\\' && ++at == text.Length)
                return null;
            item.Append(text[at]);
        }

        return null; // without its closing quote
    }

    /// <summary>None and nan stand without quotes; nothing else does.</summary>
    private static string? ReadBareWord(ReadOnlySpan<char> text, ref int at)
    {
        var start = at;
        while (at < text.Length && text[at] != ',')
            at++;
        var word = text[start..at].Trim().ToString();
        return word.Length > 0 && EmptyCell.IsEmpty(word) ? word : null;
    }

    private static int SkipBlanks(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }
}
