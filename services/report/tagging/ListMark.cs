namespace SynCxr.Mesh.Report.Tagging;

/// <summary>The marks in front of the items of a list: bullets, dashes, <c>1.</c>, <c>1)</c>, <c>(1)</c>, <c>a)</c>.</summary>
internal static class ListMark
{
    private const int MaxDigits = 2;

    /// <summary>The length of the mark at the begin of a line; 0 where there is none.</summary>
    public static int LengthAt(string text, int at, int end)
    {
        if (IsBullet(text[at]))
            return 1;
        if (text[at] is '-' or '\u2013' or '\u2014' or '*' or '+' && at + 1 < end
            && (char.IsWhiteSpace(text[at + 1]) || char.IsLetter(text[at + 1])))
            return 1;
        var letter = text[at] == '(' ? at + 1 : at;
        if (letter + 2 < end && char.IsAsciiLetter(text[letter]) && text[letter + 1] == ')' && char.IsWhiteSpace(text[letter + 2]))
            return letter + 2 - at;
        return NumberLengthAt(text, at, end, canHavePeriod: true);
    }

    /// <summary>The length of a number with a bracket, which is a list mark inside a line, too; with a period only at its begin.</summary>
    public static int NumberLengthAt(string text, int at, int end, bool canHavePeriod)
    {
        var first = at < end && text[at] == '(' ? at + 1 : at;
        var next = first;
        while (next < end && next < first + MaxDigits && char.IsAsciiDigit(text[next]))
            next++;
        var isMark = next > first && next < end && (text[next] == ')' || (canHavePeriod && text[next] == '.' && first == at))
            && (next + 1 >= end || char.IsWhiteSpace(text[next + 1]));
        return isMark ? next + 1 - at : 0;
    }

    /// <summary>Whether a character stands for nothing but a new item.</summary>
    public static bool IsBullet(char c) => c is '\u2022' or '\u25AA' or '\u25CF' or '\u25E6' or '\u2023' or '\u25A0' or '\u00B7';
}
