using SynCxr.Mesh.Provenance.Cbor;
using SynCxr.Mesh.Provenance.Jumbf;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>The manifest that a store is about: its last one.</summary>
/// <param name="Label">Its label.</param>
/// <param name="ClaimBytes">The bytes that are signed.</param>
/// <param name="Claim">The same, read.</param>
/// <param name="IsFirstVersion">A claim of C2PA 1: one list of assertions, and fewer rules.</param>
/// <param name="IsUpdate">An update manifest: it binds to no file of its own.</param>
/// <param name="Signature">Its COSE_Sign1.</param>
/// <param name="Assertions">Boxes of its assertions.</param>
/// <param name="OtherLabels">Labels of other manifests in the store.</param>
internal sealed record StoredManifest(string Label, ReadOnlyMemory<byte> ClaimBytes, CborMembers Claim, bool IsFirstVersion, bool IsUpdate,
    ReadOnlyMemory<byte> Signature, IReadOnlyList<JumbfBox> Assertions, IReadOnlyList<string> OtherLabels)
{
    /// <exception cref="ProvenanceFormatException">No store with a manifest and a claim.</exception>
    public static StoredManifest Read(byte[] store)
    {
        var root = JumbfReader.Read(store);
        if (!root.IsSuper || root.ContentType != ManifestLabels.StoreType || root.Label != ManifestLabels.Store)
            throw new ProvenanceFormatException("JUMBF: the outermost box is no C2PA manifest store.");
        var manifests = root.Children.Where(IsManifest).ToList();
        if (manifests.Count == 0)
            throw new ProvenanceFormatException("JUMBF: the manifest store holds no manifest.");
        var manifest = manifests[^1];
        var claimBox = GetOnly(manifest, ManifestLabels.ClaimType, ManifestLabels.ClaimPrefix);
        var bytes = GetContent(claimBox, "claim");
        var claim = CborTreeReader.ReadMap(bytes, "claim");
        var isFirst = !claim.Has(ManifestLabels.CreatedList) && claim.Has(ManifestLabels.FirstList);
        if (!isFirst && FindClaimProblem(claim) is { } member)
            throw new ProvenanceFormatException($"The claim has no {member}.");
        var signature = GetContent(GetOnly(manifest, ManifestLabels.SignatureType, ""), "signature");
        var assertions = GetOnly(manifest, ManifestLabels.AssertionsType, "");
        return new StoredManifest(manifest.Label, bytes, claim, isFirst, manifest.ContentType == ManifestLabels.UpdateManifestType,
            signature, assertions.Children, [.. manifests.SkipLast(1).Select(m => m.Label)]);
    }

    /// <summary>The assertions of a name, as CBOR.</summary>
    /// <exception cref="ProvenanceFormatException">One holds no map of CBOR.</exception>
    public IEnumerable<CborMembers> ReadAssertions(string name) =>
        from box in Assertions
        where ManifestLabels.IsNamed(box.Label, name)
        select CborTreeReader.ReadMap(GetContent(box, $"assertion {name}"), $"assertion {name}");

    private static bool IsManifest(JumbfBox box) =>
        box.ContentType is ManifestLabels.ManifestType or ManifestLabels.UpdateManifestType;

    /// <summary>The one box of a type; its label, which nobody signs, need only begin so: as other readers have it.</summary>
    private static JumbfBox GetOnly(JumbfBox manifest, string type, string prefix)
    {
        var boxes = manifest.Children.Where(c => c.ContentType == type && c.Label.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        return boxes.Count == 1 ? boxes[0]
            : throw new ProvenanceFormatException($"JUMBF: the manifest has {boxes.Count} boxes of type {type}; it must have one.");
    }

    private static ReadOnlyMemory<byte> GetContent(JumbfBox box, string name) => box.FindContent(ManifestLabels.CborType)
        ?? throw new ProvenanceFormatException($"JUMBF: the box of the {name} holds no CBOR.");

    /// <returns>The member that a claim of C2PA 2 must have and that this one lacks; null where it lacks none.</returns>
    private static string? FindClaimProblem(CborMembers claim) =>
        claim.FindText("instanceID") is null ? "instanceID"
        : string.IsNullOrEmpty(claim.FindMap("claim_generator_info")?.FindText("name")) ? "claim_generator_info with a name"
        : claim.FindText("signature") is null ? "signature"
        : claim.FindList(ManifestLabels.CreatedList) is null ? ManifestLabels.CreatedList
        : claim.FindText("alg") is null ? "alg" : null;
}
