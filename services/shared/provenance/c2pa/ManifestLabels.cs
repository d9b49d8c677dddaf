namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>Labels and types of the boxes of a C2PA manifest store (specification 2.2, 11.1).</summary>
internal static class ManifestLabels
{
    public const string StoreType = "c2pa", ManifestType = "c2ma", UpdateManifestType = "c2um", AssertionsType = "c2as", ClaimType = "c2cl",
        SignatureType = "c2cs", CborType = "cbor";

    public const string Store = "c2pa", Assertions = "c2pa.assertions", Claim = "c2pa.claim.v2", ClaimPrefix = "c2pa.claim",
        Signature = "c2pa.signature", Actions = "c2pa.actions.v2", FirstActions = "c2pa.actions", DataHash = "c2pa.hash.data",
        HashPrefix = "c2pa.hash.", CreatedList = "created_assertions", FirstList = "assertions",
        Created = "c2pa.created", Opened = "c2pa.opened";

    /// <summary>Address of an assertion, from its own manifest.</summary>
    public static string AddressOf(string assertion) => $"self#jumbf={Assertions}/{assertion}";

    /// <summary>Whether a label is a manifest's: <c>urn:c2pa:UUID</c> with parts behind, or C2PA 1's <c>urn:uuid:UUID</c>.</summary>
    public static bool IsManifestLabel(string label)
    {
        var parts = label.Split(':');
        var start = parts is [_, "urn", _, ..] ? 1 : 0; // a vendor's name may stand before
        return parts.Length >= start + 3 && parts[start] == "urn" && parts[start + 1] is "c2pa" or "uuid"
            && Guid.TryParseExact(parts[start + 2], "D", out _);
    }

    /// <summary>Whether a label has a number behind the name: the second of that name is <c>name__1</c>.</summary>
    public static bool IsNamed(string label, string name) =>
        label == name || label.StartsWith(name + "__", StringComparison.Ordinal);
}
