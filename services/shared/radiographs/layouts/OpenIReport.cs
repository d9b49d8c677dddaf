using System.Formats.Tar;
using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>A report of Open-I, in its XML.</summary>
/// <param name="Id">Its <c>uId</c>, the only sign of a patient.</param>
/// <param name="File">The file that it is in, as messages call it.</param>
/// <param name="Sections">FINDINGS and IMPRESSION.</param>
/// <param name="Terms">The major MeSH terms in lower case; "no indexing" says nothing and is none.</param>
/// <param name="Images">Ids of the images that it is about.</param>
internal sealed record OpenIReport(string Id, string File, StudySections Sections, IReadOnlyList<string> Terms,
    IReadOnlyList<string> Images)
{
    private const string NoTerms = "no indexing";

    /// <summary>Far above any report: an archive may hold anything.</summary>
    private const long MaxCharacters = 10_000_000;

    /// <summary>The reports of a folder: its XML files, and those in its archives.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a file that is no such XML, or an archive that is broken.</exception>
    public static IEnumerable<OpenIReport> ReadAll(RadiographSource source, string field)
    {
        foreach (var file in DataFiles.FindBelow(source.Folder, source.Boundary, field))
        {
            if (file.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            {
                using var xml = source.Boundary.OpenRead(file, field);
                yield return Read(xml, Path.GetFileName(file), field);
            }
            else if (file.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
                || file.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase))
            {
                using var tar = new TarReader(new GZipStream(source.Boundary.OpenRead(file, field), CompressionMode.Decompress));
                while (Next(tar, source.Describe(file), field) is { } entry)
                {
                    if (entry.DataStream is { } data && entry.Name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                        yield return Read(data, entry.Name, field);
                }
            }
        }
    }

    private static TarEntry? Next(TarReader tar, string archive, string field)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or FormatException)
        {
            throw MeshException.Invalid(field, $"'{archive}' is no archive of gzip and tar, or was cut off");
        }
    }

    private static OpenIReport Read(Stream xml, string name, string field)
    {
        var document = Parse(xml, $"{field}: {EchoedText.Shorten(name)}");
        return new OpenIReport(
            document.Descendants("uId").FirstOrDefault()?.Attribute("id")?.Value ?? name, name,
            new StudySections(Section(document, "FINDINGS"), Section(document, "IMPRESSION")),
            [.. document.Descendants("MeSH").Elements("major").Select(m => LabelNormaliser.Normalise(m.Value))
                .Where(t => t.Length > 0 && t != NoTerms).Distinct()],
            [.. document.Descendants("parentImage").Select(i => (string?)i.Attribute("id")).OfType<string>().Where(i => i.Length > 0)
                .Distinct()]);
    }

    private static string? Section(XDocument document, string name)
    {
        var words = document.Descendants("AbstractText")
            .Where(t => string.Equals((string?)t.Attribute("Label"), name, StringComparison.OrdinalIgnoreCase))
            .SelectMany(t => t.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return string.Join(' ', words) is { Length: > 0 } text ? text : null;
    }

    private static XDocument Parse(Stream xml, string field)
    {
        try
        {
            using var reader = XmlReader.Create(xml, new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                CloseInput = false,
                MaxCharactersInDocument = MaxCharacters,
            });
            return XDocument.Load(reader);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw MeshException.Invalid(field, "lies in an archive that was cut off or is damaged here");
        }
        catch (XmlException error)
        {
            throw MeshException.Invalid(field,
                $"line {error.LineNumber}, column {error.LinePosition}: must be the XML of an Open-I report, without a DTD");
        }
    }
}
