namespace SynCxr.Mesh.Report.Tagging;

/// <summary>Says of the line breaks of one text which end a sentence and which are blanks inside one.</summary>
internal sealed class LineBreak
{
    private const int MaxHeadingLength = 40;

    private readonly string _text;
    private readonly int _end;

    /// <summary>
    /// Whether the text has no small letter, whether it has no capital, whether a sentence of it ends with a mark, whether every other line
    /// is empty.
    /// </summary>
    private readonly bool _isCapitals, _isSmall, _hasPeriods, _isDoubleSpaced;

    /// <param name="text">The text.</param>
    /// <param name="start">Where the part of it begins that is read.</param>
    /// <param name="end">Where it ends.</param>
    public LineBreak(string text, int start, int end)
    {
        (_text, _end) = (text, end);
        (_isCapitals, _isSmall, _isDoubleSpaced) = (true, true, true);
        for (var at = start; at < end; at++)
        {
            _isCapitals &= !char.IsLower(text[at]);
            _isSmall &= !char.IsUpper(text[at]);
            _hasPeriods |= text[at] is '.' or '\u3002' && at > start && char.IsLetter(text[at - 1]);
            if (IsBreak(text[at]))
            {
                _isDoubleSpaced &= CountBreaks(text, at, end, out var next) > 1 || next >= end;
                at = next - 1;
            }
        }
    }

    /// <summary>Whether a character begins a new line.</summary>
    public static bool IsBreak(char c) => c is '\n' or '\r' or '\f' or '\v' or '\u0085' or '\u2028' or '\u2029';

    /// <summary>The line breaks of the white space at a position, CR LF being one, and where it ends.</summary>
    public static int CountBreaks(string text, int at, int end, out int next)
    {
        var breaks = 0;
        for (next = at; next < end && (char.IsWhiteSpace(text[next]) || WordReader.IsInvisible(text[next])); next++)
        {
            if (IsBreak(text[next]) && !(text[next] == '\n' && next > at && text[next - 1] == '\r'))
                breaks++;
        }

        return breaks;
    }

    /// <summary>Whether the sentence ends at a break.</summary>
    /// <param name="breaks">How many stand there.</param>
    /// <param name="next">Where the text goes on.</param>
    /// <param name="sentence">The tokens of the sentence so far.</param>
    public bool EndsSentence(int breaks, int next, List<ReportToken> sentence)
    {
        if (next >= _end || sentence.Count == 0 || ListMark.LengthAt(_text, next, _end) > 0 || StartsHeading(next))
            return true;
        var last = sentence[^1];
        var isOpen = last.Normalized is "," or "(" || last.Is(WordRoles.Open);
        var c = _text[next];
        if (breaks > 1)
            return !((char.IsLower(c) || _isCapitals) && (_isDoubleSpaced || isOpen));
        if (!char.IsUpper(c) || isOpen)
            return false;
        if (_isCapitals)
            return !_hasPeriods && StartsStatement(next);
        return !(IsAbbreviation(next) && (last.Is(WordRoles.New) || last.Normalized is "left" or "right" or "upper" or "lower" or "mid"));
    }

    /// <summary>
    /// A few words and a colon at the begin of a line; a small letter begins a heading only where no other word has capitals.
    /// </summary>
    private bool StartsHeading(int at)
    {
        if (!char.IsLetter(_text[at]) || (char.IsLower(_text[at]) && (!_isSmall || StartsStatement(at))))
            return false;
        for (var next = at; next < _end && next < at + MaxHeadingLength; next++)
        {
            if (_text[next] is ':' or '\uFF1A')
                return true;
            if (!char.IsLetter(_text[next]) && _text[next] is not (' ' or '/' or '&' or '-'))
                return false;
        }

        return false;
    }

    private bool StartsStatement(int at)
    {
        var words = new List<ReportToken>();
        WordReader.Read(_text, at, _end, words);
        return words[0].Normalized is "no" or "left" or "right" || words[0].Is(WordRoles.New);
    }

    private bool IsAbbreviation(int at) => at + 1 < _end && char.IsUpper(_text[at + 1]);
}
