namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>The sections of a text while its lines are read from first to last.</summary>
internal sealed class SectionDraft(string text)
{
    private readonly Dictionary<HeadingKind, List<Range>> _ranges = [];

    /// <summary>
    /// Paragraphs below the last heading before the findings, which may be the findings of a report that does not head them.
    /// </summary>
    private readonly List<Range> _paragraphs = [];

    private HeadingKind _kind = HeadingKind.Exam;
    private int _start;
    private int? _paragraph;

    /// <summary>Whether the section that is read has no text yet before a position.</summary>
    public bool IsEmptyAt(int end) => text.AsSpan(_start, end - _start).IsWhiteSpace();

    /// <summary>Ends the section that is read and begins the next one, where the heading begins one here.</summary>
    public void Begin(Heading heading, bool isBlankBefore)
    {
        var isReading = _kind is HeadingKind.Findings or HeadingKind.Impression or HeadingKind.Addendum;
        var isUnheaded = _kind is HeadingKind.Exam or HeadingKind.Place;
        switch (heading.Kind)
        {
            case HeadingKind.Place when isReading || isUnheaded || _kind == HeadingKind.WetRead:
            case HeadingKind.Limitation when _kind == HeadingKind.Findings:
            case HeadingKind.Unknown when isReading || (isUnheaded && !IsEmptyAt(heading.Start)) || _kind == HeadingKind.WetRead:
            case HeadingKind.Exam when isReading && !isBlankBefore:
                return;
        }

        End(heading.Start);
        if (heading.Kind == HeadingKind.Before)
            _paragraphs.Clear();
        _kind = heading.Kind is HeadingKind.Unknown or HeadingKind.Limitation ? HeadingKind.Before
            : heading.Kind == HeadingKind.Banner ? HeadingKind.Exam : heading.Kind;
        _start = heading.Kind == HeadingKind.Place ? heading.Start : heading.Content;
    }

    /// <summary>A line behind a blank one.</summary>
    public void BeginParagraph(int start)
    {
        if (_kind == HeadingKind.Before && !IsEmptyAt(start))
            _paragraph ??= start;
    }

    /// <summary>Leaves a line out of the section that is read.</summary>
    public void Skip(TextLine line)
    {
        var kind = _kind;
        End(line.Start);
        (_kind, _start) = (kind, line.End);
    }

    public ReportSections Complete()
    {
        End(text.Length);
        var (findings, impression) = (Ranges(HeadingKind.Findings), Ranges(HeadingKind.Impression));
        var unheaded = Ranges(HeadingKind.Exam).Concat(Ranges(HeadingKind.Place));
        if (findings.Count == 0)
            unheaded = unheaded.Concat(_paragraphs);
        if (findings.Count + impression.Count == 0)
            unheaded = unheaded.Concat(Ranges(HeadingKind.WetRead));
        return new ReportSections
        {
            Text = text,
            Findings = findings,
            Impression = impression,
            Addendum = Ranges(HeadingKind.Addendum),
            Unheaded = [.. unheaded.OrderBy(r => r.Start.Value)],
        };
    }

    private List<Range> Ranges(HeadingKind kind) => _ranges.GetValueOrDefault(kind) ?? [];

    private void End(int end)
    {
        if (_kind == HeadingKind.Before)
        {
            if (_paragraph is { } paragraph)
                Add(_paragraphs, paragraph, end);
        }
        else if (_kind != HeadingKind.After)
        {
            if (!_ranges.TryGetValue(_kind, out var ranges))
                _ranges[_kind] = ranges = [];
            Add(ranges, _kind == HeadingKind.WetRead ? SkipTime(_start, end) : _start, end);
        }

        _paragraph = null;
    }

    /// <summary>A wet read's heading ends with who read it and when: the rest of its line, where that has no word.</summary>
    private int SkipTime(int start, int end)
    {
        if (end <= start)
            return start;
        var line = text.AsSpan(start, end - start).IndexOfAny('\n', '\r');
        if (line < 0)
            return start;
        foreach (var word in text.AsSpan(start, line).ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (word.Any(char.IsLetter) && word.TrimEnd('.') is not ("AM" or "PM" or "am" or "pm"))
                return start;
        }

        return start + line;
    }

    private void Add(List<Range> ranges, int start, int end)
    {
        while (start < end && (char.IsWhiteSpace(text[start]) || text[start] is '*' or '|' or '\uFEFF'))
            start++;
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        if (end > start)
            ranges.Add(start..end);
    }
}
