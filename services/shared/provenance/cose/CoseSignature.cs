using System.Formats.Cbor;
using SynCxr.Mesh.Provenance.Cbor;

namespace SynCxr.Mesh.Provenance.Cose;

/// <summary>A COSE_Sign1 (RFC 9052, 4.2) whose payload lies elsewhere.</summary>
/// <param name="Protected">Bytes of the header that is signed.</param>
/// <param name="Algorithm">Number of the algorithm; null where the header names none.</param>
/// <param name="Chain">Certificates in DER, that of the signer first; empty where there is none.</param>
/// <param name="Signature">As the algorithm has it.</param>
internal sealed record CoseSignature(byte[] Protected, long? Algorithm, IReadOnlyList<byte[]> Chain, byte[] Signature)
{
    public const ulong Tag = 18;
    public const long AlgorithmKey = 1, ChainKey = 33; // RFC 9360: x5chain
    private const string OldChainKey = "x5chain", Context = "Signature1";

    /// <summary>Reads a signature. A payload that it holds is not looked at: what counts is what lies elsewhere.</summary>
    /// <exception cref="ProvenanceFormatException">No COSE_Sign1.</exception>
    public static CoseSignature Read(ReadOnlyMemory<byte> bytes)
    {
        if (CborTreeReader.Read(bytes, "signature") is not CborTaggedValue { Tag: Tag, Value: IReadOnlyList<object?> { Count: 4 } parts }
            || parts is not [byte[] head, CborMembers open, _, byte[] signature])
            throw new ProvenanceFormatException("The signature is no COSE_Sign1: four items with tag 18.");
        var map = CborTreeReader.ReadMap(head, "protected header of the signature");
        var chain = ReadChain(map.Find(ChainKey) ?? map.Find(OldChainKey) ?? open.Find(ChainKey) ?? open.Find(OldChainKey));
        return new CoseSignature(head, map.FindNumber(AlgorithmKey), chain, signature);
    }

    /// <summary>The bytes that are signed (RFC 9052, 4.4).</summary>
    public static byte[] EncodeSigned(byte[] head, ReadOnlySpan<byte> payload)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(4);
        writer.WriteTextString(Context);
        writer.WriteByteString(head);
        writer.WriteByteString([]);
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static List<byte[]> ReadChain(object? value) => value switch
    {
        byte[] one => [one],
        IReadOnlyList<object?> several => [.. several.OfType<byte[]>()],
        _ => [],
    };
}
