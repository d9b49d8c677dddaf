namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>
/// Splits a radiology report into its sections. Every reader of reports takes them from here. What a heading says is in
/// <c>headings.tsv</c>; the rules, with their reasons, are in this folder's README.
/// </summary>
public static class ReportSectioniser
{
    /// <summary>Splits a text; one without any heading is unheaded as a whole.</summary>
    /// <param name="text">A report, or a part of one, in any line ends.</param>
    public static ReportSections Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var draft = new SectionDraft(text);
        var follows = false;
        var isBlankBefore = true;
        foreach (var line in TextLine.Split(text))
        {
            var content = text.AsSpan(line.Start, line.End - line.Start);
            if (content.IsWhiteSpace())
            {
                isBlankBefore = true;
                follows = false;
                continue;
            }

            if (LineFurniture.IsOfThePage(content))
            {
                draft.Skip(line);
                continue;
            }

            var headed = false;
            foreach (var heading in HeadingFinder.Find(text, line, follows))
            {
                headed |= heading.Start == line.Start;
                draft.Begin(heading, isBlankBefore);
            }

            if (!headed && LineFurniture.EndsSection(content))
                draft.Begin(new Heading(HeadingKind.After, line.Start, line.End), isBlankBefore);
            else if (!headed && isBlankBefore)
                draft.BeginParagraph(line.Start);
            follows = content.TrimEnd()[^1] is not ('.' or ':' or ';' or '?' or '!') && !draft.IsEmptyAt(line.End);
            isBlankBefore = false;
        }

        return draft.Complete();
    }
}
