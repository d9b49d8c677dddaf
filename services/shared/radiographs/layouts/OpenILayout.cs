using System.Formats.Tar;
using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>openi</c>: the reports of the Indiana University collection (Demner-Fushman et al. 2016), text only: XML files below the folder, or
/// archives of them (<c>NLMCXR_reports.tgz</c>). Labels are the major MeSH terms, or those of a table with a column <c>filename</c>.
/// </summary>
internal sealed class OpenILayout : IDataLayout
{
    private static readonly string[] _sections = ["FINDINGS", "IMPRESSION"];

    public string Name => DataLayoutNames.OpenI;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        ImageFiles.CheckFolder(source.Folder, source.Boundary, $"{field}.name");
        var gold = ReadGoldLabels(source, field);
        var studies = new List<Study>();
        var silent = 0;
        foreach (var (name, xml) in Documents(source, $"{field}.name"))
        {
            cancellation.ThrowIfCancellationRequested();
            var document = Parse(xml, $"{field}.name: {EchoedText.Shorten(name)}");
            var id = document.Descendants("uId").FirstOrDefault()?.Attribute("id")?.Value ?? name;
            string[] sections = [.. _sections.Select(s => Section(document, s)).Where(t => t.Length > 0)];
            if (sections.Length == 0)
                silent++;
            else if (gold is null)
                studies.Add(
                    Describe(id, sections,
                        [.. document.Descendants("MeSH").Elements("major").Select(m => LabelNormaliser.Normalise(m.Value))]));
            else if (gold.TryGetValue(id, out var labels))
                studies.Add(Describe(id, sections, labels));
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"'{source.Describe(source.Folder)}' has no Open-I report with findings or an impression");
        return new StudySet([.. studies.OrderBy(s => s.Id, StringComparer.Ordinal)],
            JoinNotes.LeftOut(studies.Count + silent, (silent, "have neither findings nor an impression")));
    }

    private Study Describe(string id, string[] sections, IReadOnlyList<string> labels) =>
        new() { Id = id, Source = Name, Patient = id, Labels = labels, Report = string.Join(' ', sections) };

    private static string Section(XDocument document, string name) =>
        string.Join(' ',
            document.Descendants("AbstractText").Where(t => (string?)t.Attribute("Label") == name).Select(t => t.Value.Trim())
                .Where(t => t.Length > 0));

    private static Dictionary<string, IReadOnlyList<string>>? ReadGoldLabels(RadiographSource source, string field)
    {
        if (source.Labels is null)
            return null;
        var table = CsvTable.Open(source.Labels, source.Boundary, $"{field}.labels");
        table.RequireColumns("filename");
        string[] findings = [.. table.Columns.Where(c => c != "filename")];
        return table.IndexRows("filename").ToDictionary(r => r.Key,
            r => (IReadOnlyList<string>)[.. findings.Where(f => r.Value[f] == "1").Select(LabelNormaliser.Normalise)],
            StringComparer.Ordinal);
    }

    private static IEnumerable<(string Name, Stream Xml)> Documents(RadiographSource source, string field)
    {
        foreach (var file in DataFiles.FindBelow(source.Folder, source.Boundary, field))
        {
            if (file.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            {
                using var xml = source.Boundary.OpenRead(file, field);
                yield return (Path.GetFileName(file), xml);
            }
            else if (file.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
                || file.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase))
            {
                using var tar = new TarReader(new GZipStream(source.Boundary.OpenRead(file, field), CompressionMode.Decompress));
                while (tar.GetNextEntry() is { } entry)
                {
                    if (entry.DataStream is { } data && entry.Name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                        yield return (entry.Name, data);
                }
            }
        }
    }

    private static XDocument Parse(Stream xml, string field)
    {
        try
        {
            using var reader = XmlReader.Create(xml, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, CloseInput = false });
            return XDocument.Load(reader);
        }
        catch (XmlException error)
        {
            throw MeshException.Invalid(field,
                $"line {error.LineNumber}, column {error.LinePosition}: must be the XML of an Open-I report, without a DTD");
        }
    }
}
