using System.Formats.Cbor;
using System.Globalization;
using System.Security.Cryptography;
using SynCxr.Mesh.Provenance.Cose;
using SynCxr.Mesh.Provenance.Jumbf;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>
/// Writes a manifest store of one manifest (C2PA 2.2): how the file was made, a hash that binds it to the file, and a signature. The same
/// claim, file and key give the same bytes.
/// </summary>
internal sealed class ManifestStoreWriter(ManifestClaim claim, SigningIdentity identity)
{
    private const string HashAlgorithm = "sha256", GeneratorVersion = "1.0";
    private const int HashLength = 32, NumberRoom = 9; // widest head of a CBOR integer

    /// <summary>Bytes of a store with one excluded range, whatever its place and length.</summary>
    public int MeasureEmbedded() => Create(new byte[HashLength], (0, 0), isSigned: false).Length;

    /// <param name="hash">SHA-256 of the file without the excluded range.</param>
    /// <param name="exclusion">The range of the file in which the store lies; null where it lies beside the file.</param>
    public byte[] Write(byte[] hash, (long Start, long Length)? exclusion) => Create(hash, exclusion, isSigned: true);

    private byte[] Create(byte[] hash, (long Start, long Length)? exclusion, bool isSigned)
    {
        var dataHash = CreateAssertion(ManifestLabels.DataHash, EncodeDataHash(hash, exclusion));
        var actions = CreateAssertion(ManifestLabels.Actions, EncodeActions());
        var claimBytes = EncodeClaim(dataHash, actions);
        var signature = isSigned ? CoseSigner.Sign(identity, claimBytes) : CoseSigner.CreateBlank(identity);
        return JumbfWriter.CreateSuper(ManifestLabels.StoreType, ManifestLabels.Store,
            JumbfWriter.CreateSuper(ManifestLabels.ManifestType, claim.Label,
                JumbfWriter.CreateSuper(ManifestLabels.AssertionsType, ManifestLabels.Assertions, actions, dataHash),
                CreateCbor(ManifestLabels.ClaimType, ManifestLabels.Claim, claimBytes),
                CreateCbor(ManifestLabels.SignatureType, ManifestLabels.Signature, signature)));
    }

    private static byte[] CreateAssertion(string label, byte[] content) => CreateCbor(ManifestLabels.CborType, label, content);

    private static byte[] CreateCbor(string type, string label, byte[] content) =>
        JumbfWriter.CreateSuper(type, label, JumbfWriter.CreateBox(ManifestLabels.CborType, content));

    private byte[] EncodeActions()
    {
        var writer = StartMap(1);
        writer.WriteTextString("actions");
        writer.WriteStartArray(1);
        writer.WriteStartMap(claim.Created is null ? 3 : 4);
        WriteText(writer, "action", ManifestLabels.Created);
        if (claim.Created is { } created)
        {
            writer.WriteTextString("when");
            writer.WriteTag(CborTag.DateTimeString);
            writer.WriteTextString(created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        }

        writer.WriteTextString("softwareAgent");
        WriteGenerator(writer, claim.AISystem, claim.AISystemVersion);
        WriteText(writer, "digitalSourceType", DigitalSourceTypes.TrainedAlgorithmicMedia);
        writer.WriteEndMap();
        writer.WriteEndArray();
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>The padding gives place and length of the range the same room however many digits they have.</summary>
    private static byte[] EncodeDataHash(byte[] hash, (long Start, long Length)? exclusion)
    {
        var writer = StartMap(exclusion is null ? 4 : 5);
        var pad = 0;
        if (exclusion is { } range)
        {
            pad = (2 * NumberRoom) - Measure(range.Start) - Measure(range.Length);
            writer.WriteTextString("exclusions");
            writer.WriteStartArray(1);
            writer.WriteStartMap(2);
            writer.WriteTextString("start");
            writer.WriteInt64(range.Start);
            writer.WriteTextString("length");
            writer.WriteInt64(range.Length);
            writer.WriteEndMap();
            writer.WriteEndArray();
        }

        WriteText(writer, "name", "jumbf manifest");
        WriteText(writer, "alg", HashAlgorithm);
        WriteBytes(writer, "hash", hash);
        WriteBytes(writer, "pad", new byte[pad]);
        writer.WriteEndMap();
        return writer.Encode();
    }

    private byte[] EncodeClaim(byte[] dataHash, byte[] actions)
    {
        var writer = StartMap(6);
        WriteText(writer, "instanceID", claim.InstanceId);
        writer.WriteTextString("claim_generator_info");
        WriteGenerator(writer, SyntheticMark.Mesh, GeneratorVersion);
        WriteText(writer, "signature", $"self#jumbf=/{ManifestLabels.Store}/{claim.Label}/{ManifestLabels.Signature}");
        writer.WriteTextString(ManifestLabels.CreatedList);
        writer.WriteStartArray(2);
        WriteReference(writer, ManifestLabels.DataHash, dataHash);
        WriteReference(writer, ManifestLabels.Actions, actions);
        writer.WriteEndArray();
        WriteText(writer, "dc:title", claim.Title);
        WriteText(writer, "alg", HashAlgorithm);
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>The hash is over a superbox without its length and type.</summary>
    private static void WriteReference(CborWriter writer, string label, byte[] box)
    {
        writer.WriteStartMap(2);
        WriteText(writer, "url", ManifestLabels.AddressOf(label));
        WriteBytes(writer, "hash", SHA256.HashData(box.AsSpan(8)));
        writer.WriteEndMap();
    }

    private static void WriteGenerator(CborWriter writer, string name, string version)
    {
        writer.WriteStartMap(2);
        WriteText(writer, "name", name);
        WriteText(writer, "version", version);
        writer.WriteEndMap();
    }

    private static CborWriter StartMap(int members)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical); // sorts the members of a map
        writer.WriteStartMap(members);
        return writer;
    }

    private static void WriteText(CborWriter writer, string name, string value)
    {
        writer.WriteTextString(name);
        writer.WriteTextString(value);
    }

    private static void WriteBytes(CborWriter writer, string name, byte[] value)
    {
        writer.WriteTextString(name);
        writer.WriteByteString(value);
    }

    private static int Measure(long number)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteInt64(number);
        return writer.BytesWritten;
    }
}
