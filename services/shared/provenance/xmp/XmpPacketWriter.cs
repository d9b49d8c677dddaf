using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace SynCxr.Mesh.Provenance.Xmp;

/// <summary>Writes a mark as an XMP packet (ISO 16684-1): the same mark gives the same bytes.</summary>
internal static class XmpPacketWriter
{
    private const string PacketId = "W5M0MpCehiHzreSzNTczkc9d"; // of every XMP packet, by the standard
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <returns>UTF-8.</returns>
    public static byte[] Write(SyntheticMark mark)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<?xpacket begin=\"\uFEFF\" id=\"{PacketId}\"?>\n");
        text.Append("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n");
        text.Append(CultureInfo.InvariantCulture, $" <rdf:RDF xmlns:rdf=\"{XmpSchema.Rdf}\">\n  <rdf:Description rdf:about=\"\"\n");
        text.Append(CultureInfo.InvariantCulture, $"    xmlns:Iptc4xmpExt=\"{XmpSchema.Iptc}\"\n    xmlns:xmp=\"{XmpSchema.Basic}\"");
        if (mark.SpecDigest is not null || mark.Pair is not null)
            text.Append(CultureInfo.InvariantCulture, $"\n    xmlns:syncxr=\"{XmpSchema.Mesh}\"");
        text.Append(">\n");
        Append(text, "Iptc4xmpExt", XmpSchema.DigitalSourceType, mark.DigitalSourceType);
        Append(text, "Iptc4xmpExt", XmpSchema.AISystem, mark.AISystem);
        Append(text, "Iptc4xmpExt", XmpSchema.AISystemVersion, mark.AISystemVersion);
        Append(text, "Iptc4xmpExt", XmpSchema.Prompt, mark.Prompt);
        Append(text, "xmp", XmpSchema.CreatorTool, mark.CreatorTool);
        Append(text, "syncxr", XmpSchema.SpecDigest, mark.SpecDigest);
        Append(text, "syncxr", XmpSchema.Pair, mark.Pair?.ToString(CultureInfo.InvariantCulture));
        text.Append("  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>");
        return _utf8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, string prefix, XName name, string? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $"   <{prefix}:{name.LocalName}>{Escape(value)}</{prefix}:{name.LocalName}>\n");
    }

    /// <summary>Text as XML 1.0 can hold it: a character that it can't becomes U+FFFD; a carriage return stays one.</summary>
    private static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var rune in value.EnumerateRunes()) // half a pair of surrogates comes as U+FFFD
        {
            _ = rune.Value switch
            {
                '&' => text.Append("&amp;"),
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '\r' => text.Append("&#xD;"),
                '\t' or '\n' => text.Append((char)rune.Value),
                < ' ' or 0xFFFE or 0xFFFF => text.Append('\uFFFD'),
                _ => text.Append(rune.ToString()),
            };
        }

        return text.ToString();
    }
}
