using System.Text.Json;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Cose;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>What the marks of a data set say, beside what is wrong with it.</summary>
/// <param name="Pictures">Pictures that say that they are synthetic, each with its set and pair.</param>
/// <param name="SignedShards">Shards with a manifest that is as it was signed; 0 in a set without signatures.</param>
/// <param name="Signer">Subject of the signer's certificate; empty without signatures.</param>
/// <param name="SignerState">Trusted, untrusted or expired, for this reader and today; empty without signatures.</param>
public sealed record SealedMarks(long Pictures, int SignedShards, string Signer, string SignerState)
{
    /// <summary>A set without marks: sealed before there were any, or by another writer.</summary>
    public static SealedMarks None { get; } = new(0, 0, "", "");
}

/// <summary>Holds the marks of a sealed data set against its manifest and rows.</summary>
internal static class SealedMarkVerifier
{
    private const string JsonMember = "digital_source_type";

    /// <summary>
    /// What is wrong with a certificate's trust or time is no damage: it depends on who reads, and when. It is reported apart.
    /// </summary>
    private static readonly string[] _readersOwn = [ValidationCodes.SignerUntrusted, ValidationCodes.SignerExpired];

    /// <returns>What is wrong with a pair's marks, as a part of a sentence on its shard; null where nothing is, or it has none.</returns>
    public static string? FindPairProblem(DatasetManifest manifest, PairRecord record, ShardMembers members)
    {
        if (record.DigitalSourceType.Length == 0 && manifest.DigitalSourceType is null)
            return null;
        if (record.DigitalSourceType != DigitalSourceTypes.TrainedAlgorithmicMedia
            || ReadJsonMember(members.Json) != record.DigitalSourceType || manifest.DigitalSourceType != record.DigitalSourceType)
            return $"pair {record.Index} does not say everywhere that it is synthetic ({JsonMember})";
        try
        {
            return PictureMark.Read(members.Png) == PictureMark.ToStored(SealedImageMark.Create(manifest, record)) ? null
                : $"the XMP packet of the PNG of pair {record.Index} is not its mark";
        }
        catch (ProvenanceFormatException)
        {
            return $"the XMP packet of the PNG of pair {record.Index} can't be read";
        }
    }

    /// <summary>Checks the signatures of a set whose files are those of its manifest.</summary>
    public static (SealedMarks Marks, IReadOnlyList<SealedFileProblem> Problems) VerifySignatures(DatasetManifest manifest, long pictures,
        TrustAnchors anchors, TimeProvider time)
    {
        if (manifest.Files.All(f => f.Path != BalanceCertificate.FileName))
            return (SealedMarks.None with { Pictures = pictures }, []);
        var problems = new List<SealedFileProblem>();
        var signers = new List<(string Path, ManifestValidation Found)>();
        foreach (var shard in manifest.Files.Where(f => manifest.Naming.IsShard(f.Path)))
        {
            using var tar = File.OpenRead(Path.Combine(manifest.Folder, shard.Path));
            var sidecar = ShardNaming.SidecarOf(shard.Path);
            if (Check(manifest, sidecar, store => new ManifestValidator(anchors, time).ValidateBeside(store, tar), problems) is { } found)
                signers.Add((sidecar, found));
        }

        var certificate = File.ReadAllBytes(Path.Combine(manifest.Folder, BalanceCertificate.FileName));
        if (!BalanceCertificate.IsOf(certificate, manifest))
            problems.Add(new SealedFileProblem(BalanceCertificate.FileName, "was changed: it is not the certificate of the manifest"));
        var signature = Check(manifest, BalanceCertificate.SignatureFileName,
            bytes => new DetachedSignatureValidator(anchors, time).Validate(bytes, certificate), problems);
        problems.AddRange(signers.Where(s => signature is not null && s.Found.SignerDigest != signature.SignerDigest).Select(s =>
            new SealedFileProblem(s.Path, $"is signed with another certificate than {BalanceCertificate.FileName}")));
        return (new SealedMarks(pictures, signers.Count, signature?.Signer ?? "", DescribeSigner(signature)), problems);
    }

    private static ManifestValidation? Check(DatasetManifest manifest, string path, Func<byte[], ManifestValidation> validate,
        List<SealedFileProblem> problems)
    {
        try
        {
            var validation = validate(File.ReadAllBytes(Path.Combine(manifest.Folder, path)));
            var failure = validation.Failure.Zip(validation.Explanations).FirstOrDefault(f => !_readersOwn.Contains(f.First));
            if (failure == default && validation.IsSignedBySigner)
                return validation;
            problems.Add(new SealedFileProblem(path, $"was changed: {failure.Second ?? "its signature is not valid."}"));
        }
        catch (ProvenanceFormatException error)
        {
            problems.Add(new SealedFileProblem(path, $"was changed: {error.Message}"));
        }

        return null;
    }

    private static string DescribeSigner(ManifestValidation? signature) => signature is null ? ""
        : IsExpired(signature) ? "expired" : signature.State == ValidationStates.Trusted ? "trusted" : "untrusted";

    private static bool IsExpired(ManifestValidation validation) => validation.Failure.Contains(ValidationCodes.SignerExpired);

    private static string? ReadJsonMember(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty(JsonMember, out var member) && member.ValueKind == JsonValueKind.String
                ? member.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
