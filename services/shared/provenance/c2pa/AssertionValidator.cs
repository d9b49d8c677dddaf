using System.Security.Cryptography;
using SynCxr.Mesh.Provenance.Cbor;
using SynCxr.Mesh.Provenance.Jumbf;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>Checks that the assertions of a manifest are those that its claim names, and no others.</summary>
internal static class AssertionValidator
{
    private const string Address = "self#jumbf=";
    private static readonly string[] _lists = [ManifestLabels.CreatedList, "gathered_assertions", ManifestLabels.FirstList];

    public static void Validate(StoredManifest manifest, ManifestValidation validation)
    {
        var undeclared = manifest.Assertions.ToList();
        foreach (var reference in ListReferences(manifest.Claim))
        {
            var label = FindLabel(reference, manifest, validation);
            var box = manifest.Assertions.FirstOrDefault(a => a.Label == label);
            if (box is null)
            {
                validation.Fail(ValidationCodes.AssertionMissing, "The claim names an assertion that the manifest does not have.");
                continue;
            }

            undeclared.Remove(box);
            if (IsHashOf(box, reference, manifest.Claim))
                validation.Succeed(ValidationCodes.AssertionMatch);
            else
                validation.Fail(ValidationCodes.AssertionMismatch, "An assertion was changed after it was signed: its hash differs.");
        }

        for (var i = 0; i < undeclared.Count; i++)
            validation.Fail(ValidationCodes.AssertionUndeclared, "The manifest has an assertion that its claim does not name.");
    }

    /// <summary>The algorithm of a hash: its own, else that of the claim, else SHA-256.</summary>
    public static HashAlgorithmName? FindAlgorithm(CborMembers own, CborMembers claim) =>
        (own.FindText("alg") ?? claim.FindText("alg") ?? "sha256") switch
        {
            "sha256" => HashAlgorithmName.SHA256,
            "sha384" => HashAlgorithmName.SHA384,
            "sha512" => HashAlgorithmName.SHA512,
            _ => null,
        };

    private static IEnumerable<CborMembers> ListReferences(CborMembers claim) =>
        _lists.SelectMany(list => claim.FindList(list) ?? []).OfType<CborMembers>();

    /// <returns>The label that a reference leads to; empty where it leads to none.</returns>
    private static string FindLabel(CborMembers reference, StoredManifest manifest, ManifestValidation validation)
    {
        const string Relative = Address + ManifestLabels.Assertions + "/", Absolute = Address + "/" + ManifestLabels.Store + "/";
        var url = reference.FindText("url") ?? "";
        if (url.StartsWith(Relative, StringComparison.Ordinal))
            return url[Relative.Length..];
        if (!url.StartsWith(Absolute, StringComparison.Ordinal)
            || url[Absolute.Length..].Split('/') is not [var owner, ManifestLabels.Assertions, var label])
            return "";
        if (owner != manifest.Label)
        {
            validation.Fail(ValidationCodes.AssertionOutside, "The claim names an assertion of another manifest.");
            if (!manifest.OtherLabels.Contains(owner))
                validation.Fail(ValidationCodes.ClaimMissing, "The claim names an assertion of a manifest that the store does not have.");
        }

        return label;
    }

    private static bool IsHashOf(JumbfBox box, CborMembers reference, CborMembers claim) =>
        FindAlgorithm(reference, claim) is { } algorithm && reference.FindBytes("hash") is { } hash
        && CryptographicOperations.HashData(algorithm, box.Payload.Span).AsSpan().SequenceEqual(hash);
}
