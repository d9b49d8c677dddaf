using System.Xml;
using System.Xml.Linq;

namespace SynCxr.Mesh.Report.Building;

/// <summary>One real report: its id and the two sections that are read.</summary>
public sealed record SourceReport(string Id, string Findings, string Impression)
{
    /// <summary>FINDINGS, then IMPRESSION.</summary>
    public string Text => Findings.Length == 0 ? Impression : Impression.Length == 0 ? Findings : Findings + "\n" + Impression;

    /// <summary>
    /// Reads one Open-I file: only the <c>AbstractText</c> elements labelled FINDINGS and IMPRESSION. Nothing else of the file is used, the
    /// MeSH terms least of all: they are the answer key of the public labels.
    /// </summary>
    /// <exception cref="FormatException">The file is no Open-I report.</exception>
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
        catch (XmlException fault)
        {
            throw new FormatException($"{id}: not readable as XML ({fault.Message})", fault);
        }

        var sections = document.Descendants("Abstract").Elements("AbstractText").ToList();
        if (sections.Count == 0)
            throw new FormatException($"{id}: no Abstract with AbstractText, so no Open-I report");
        return new SourceReport(id, Section(sections, "FINDINGS"), Section(sections, "IMPRESSION"));
    }

    private static string Section(List<XElement> sections, string label) =>
        string.Join('\n', sections.Where(s => (string?)s.Attribute("Label") == label).Select(s => s.Value.Trim()).Where(t => t.Length > 0));
}
