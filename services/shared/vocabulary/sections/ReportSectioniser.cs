using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>
/// Splits a radiology report into its sections. Every reader of reports takes them from here. What a heading says is in
/// <c>headings.tsv</c>; the rules, with their reasons, are in this folder's README.
/// </summary>
public static class ReportSectioniser
{
    /// <summary>SHA-256 over its rules, lower-case hex.</summary>
    public static string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n',
        EmbeddedRuleFile.ReadLines(typeof(ReportSectioniser).Assembly, "sections/headings.tsv")
            .Concat(EmbeddedRuleFile.ReadLines(typeof(ReportSectioniser).Assembly, "sections/furniture.tsv"))))));

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

            List<Heading> headings = [.. HeadingFinder.Find(text, line, follows)];
            var isHeaded = headings.Exists(h => h.Start == line.Start);
            var ends = !isHeaded && LineFurniture.EndsSection(content);
            if (!isHeaded && !ends && isBlankBefore)
                draft.BeginParagraph(line.Start);
            foreach (var heading in headings)
                draft.Begin(heading, isBlankBefore);
            if (ends)
                draft.Begin(new Heading(HeadingKind.After, line.Start, line.End), isBlankBefore);
            follows = content.TrimEnd()[^1] is not ('.' or ':' or ';' or '?' or '!') && !draft.IsEmptyAt(line.End);
            isBlankBefore = false;
        }

        return draft.Complete();
    }
}
