using System.Xml.Linq;

namespace SynCxr.Mesh.Provenance.Xmp;

/// <summary>Names of the XMP properties that we read and write.</summary>
internal static class XmpSchema
{
    /// <summary>Photo Metadata of the IPTC, 2025.1.</summary>
    public static readonly XNamespace Iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";

    /// <summary>Basic properties of ISO 16684-1.</summary>
    public static readonly XNamespace Basic = "http://ns.adobe.com/xap/1.0/";

    /// <summary>Ours: which pair of which data set.</summary>
    public static readonly XNamespace Mesh = "https://syncxr.example/ns/xmp/1.0/";

    public static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

    public static readonly XName DigitalSourceType = Iptc + "DigitalSourceType", AISystem = Iptc + "AISystemUsed",
        AISystemVersion = Iptc + "AISystemVersionUsed", Prompt = Iptc + "AIPromptInformation", CreatorTool = Basic + "CreatorTool",
        SpecDigest = Mesh + "SpecDigest", Pair = Mesh + "Pair";
}
