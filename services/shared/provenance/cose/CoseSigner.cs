using System.Formats.Cbor;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Provenance.Cose;

/// <summary>Signs bytes that lie elsewhere: a COSE_Sign1 of ES256 with the certificates in its protected header.</summary>
public static class CoseSigner
{
    /// <summary>The same key and bytes give the same signature.</summary>
    /// <returns>CBOR, with tag 18.</returns>
    public static byte[] Sign(SigningIdentity identity, ReadOnlySpan<byte> payload)
    {
        var head = EncodeProtected(identity.Chain);
        return Encode(head, identity.Sign(CoseSignature.EncodeSigned(head, payload)));
    }

    /// <summary>A signature of the length that <see cref="Sign"/> gives, over nothing: to measure with.</summary>
    internal static byte[] CreateBlank(SigningIdentity identity) =>
        Encode(EncodeProtected(identity.Chain), new byte[SigningIdentity.SignatureLength]);

    private static byte[] Encode(byte[] head, byte[] signature)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteTag((CborTag)CoseSignature.Tag);
        writer.WriteStartArray(4);
        writer.WriteByteString(head);
        writer.WriteStartMap(0);
        writer.WriteEndMap();
        writer.WriteNull();
        writer.WriteByteString(signature);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static byte[] EncodeProtected(IReadOnlyList<byte[]> chain)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartMap(2);
        writer.WriteInt64(CoseSignature.AlgorithmKey);
        writer.WriteInt64(CoseAlgorithms.Es256);
        writer.WriteInt64(CoseSignature.ChainKey);
        if (chain.Count == 1)
            writer.WriteByteString(chain[0]); // RFC 9360: one certificate is no list
        else
        {
            writer.WriteStartArray(chain.Count);
            foreach (var certificate in chain)
                writer.WriteByteString(certificate);
            writer.WriteEndArray();
        }

        writer.WriteEndMap();
        return writer.Encode();
    }
}
