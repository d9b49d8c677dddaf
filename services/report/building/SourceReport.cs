using System.Xml;
using System.Xml.Linq;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report.Building;

/// <summary>One real report: its id and the two sections that the vocabulary is built from.</summary>
public sealed record SourceReport(string Id, string Findings, string Impression)
{
    /// <summary>FINDINGS and then IMPRESSION, on lines of their own.</summary>
    public string Text => Findings.Length == 0 ? Impression : Impression.Length == 0 ? Findings : Findings + "\n" + Impression;

    /// <summary>A report of plain text: what an addendum or a statement without a heading says counts as findings.</summary>
    public static SourceReport FromSections(string id, ReportSections sections)
    {
        var seen = sections.Findings.Concat(sections.Addendum).Concat(sections.Unheaded).OrderBy(r => r.Start.Value);
        return new SourceReport(id, Join(seen), Join(sections.Impression));

        string Join(IEnumerable<Range> ranges) => string.Join('\n', ranges.Select(r => sections.Text[r]));
    }

    /// <summary>
    /// Reads one Open-I file: only the <c>AbstractText</c> elements labelled FINDINGS and IMPRESSION. The MeSH terms must not be used: the
    /// public labels that the tagger is measured with were derived from them.
    /// </summary>
    /// <exception cref="FormatException">The file is not an Open-I report.</exception>
    public static SourceReport ReadOpenI(string id, Stream xml)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = 4 << 20,
        };
        XDocument document;
        try
        {
            using var reader = XmlReader.Create(xml, settings);
            document = XDocument.Load(reader);
        }
        catch (XmlException exception)
        {
            throw new FormatException($"The file must be XML without a DTD; it is none from line {exception.LineNumber} on.", exception);
        }

        var sections = document.Descendants("Abstract").Elements("AbstractText").ToList();
        if (sections.Count == 0)
            throw new FormatException($"An Open-I report must have an Abstract with AbstractText; this file has none.");
        return new SourceReport(id, Section(sections, "FINDINGS"), Section(sections, "IMPRESSION"));
    }

    private static string Section(List<XElement> sections, string label) =>
        string.Join('\n', sections.Where(s => (string?)s.Attribute("Label") == label).Select(s => s.Value.Trim()).Where(t => t.Length > 0));
}
