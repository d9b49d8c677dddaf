using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace SynCxr.Mesh.Provenance.Xmp;

/// <summary>
/// Reads the properties of a mark from an XMP packet, whoever wrote it: as elements or attributes of any rdf:Description, plain, or the
/// first item of a list.
/// </summary>
internal static class XmpPacketReader
{
    /// <summary>Largest packet, in bytes; a packed one after it is unpacked.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxDepth = 64;

    /// <exception cref="ProvenanceFormatException">Too large, or no XML that holds rdf:RDF.</exception>
    public static SyntheticMark Read(byte[] packet)
    {
        if (packet.Length > MaxBytes)
            throw new ProvenanceFormatException($"The XMP packet is {packet.Length} bytes long; at most {MaxBytes} are read.");
        var root = Parse(packet);
        if (!root.DescendantsAndSelf(XmpSchema.Rdf + "RDF").Any())
            throw new ProvenanceFormatException("The XMP packet holds no element rdf:RDF.");
        var descriptions = root.Descendants(XmpSchema.Rdf + "Description").ToList();
        return new SyntheticMark
        {
            DigitalSourceType = Find(descriptions, XmpSchema.DigitalSourceType)?.Trim(),
            AISystem = Find(descriptions, XmpSchema.AISystem),
            AISystemVersion = Find(descriptions, XmpSchema.AISystemVersion),
            Prompt = Find(descriptions, XmpSchema.Prompt),
            CreatorTool = Find(descriptions, XmpSchema.CreatorTool),
            SpecDigest = Find(descriptions, XmpSchema.SpecDigest),
            Pair = long.TryParse(Find(descriptions, XmpSchema.Pair), NumberStyles.None, CultureInfo.InvariantCulture, out var pair)
                ? pair : null,
        };
    }

    private static XElement Parse(byte[] packet)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = MaxBytes,
            IgnoreComments = true,
        };
        try
        {
            using (var depth = XmlReader.Create(new MemoryStream(packet), settings))
            {
                while (depth.Read())
                {
                    if (depth.Depth > MaxDepth)
                        throw new ProvenanceFormatException($"The XMP packet has elements inside one another, more than {MaxDepth} deep.");
                }
            }

            using var reader = XmlReader.Create(new MemoryStream(packet), settings);
            return XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!;
        }
        catch (Exception error) when (error is XmlException or ArgumentException or InvalidOperationException)
        {
            throw new ProvenanceFormatException("The XMP packet is not XML.", error);
        }
    }

    private static string? Find(List<XElement> descriptions, XName name) => descriptions
        .Select(d => d.Element(name) is { } element ? ValueOf(element) : d.Attribute(name)?.Value).FirstOrDefault(v => v is not null);

    private static string ValueOf(XElement element)
    {
        var item = element.Elements().FirstOrDefault() is { } list
            && (list.Name == XmpSchema.Rdf + "Alt" || list.Name == XmpSchema.Rdf + "Seq" || list.Name == XmpSchema.Rdf + "Bag")
                ? list.Element(XmpSchema.Rdf + "li") : null;
        return element.Attribute(XmpSchema.Rdf + "resource")?.Value ?? (item ?? element).Value;
    }
}
