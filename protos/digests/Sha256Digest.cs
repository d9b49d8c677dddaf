using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Digests;

/// <summary>SHA-256 as the mesh spells it.</summary>
public static class Sha256Digest
{
    /// <summary>SHA-256, lower-case hex.</summary>
    public static string HexOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>SHA-256 of the UTF-8 bytes, lower-case hex.</summary>
    public static string HexOf(string text) => HexOf(Encoding.UTF8.GetBytes(text));

    /// <summary>SHA-256 of a file, lower-case hex.</summary>
    public static string HexOfFile(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>
    /// The Merkle tree hash of RFC 6962 over ordered leaves, lower-case hex: leaves are hashed after a 0 byte and inner nodes after
    /// a 1 byte, so that no leaf can pass for a node; the empty list hashes to SHA-256 of nothing.
    /// </summary>
    public static string MerkleRoot(IReadOnlyList<ReadOnlyMemory<byte>> leaves) =>
        Convert.ToHexStringLower(leaves.Count == 0 ? SHA256.HashData([]) : Root(leaves, 0, leaves.Count));

    /// <summary>The same over the UTF-8 bytes of texts.</summary>
    public static string MerkleRoot(IEnumerable<string> leaves) =>
        MerkleRoot([.. leaves.Select(l => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(l)))]);

    private static byte[] Root(IReadOnlyList<ReadOnlyMemory<byte>> leaves, int start, int count)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (count == 1)
        {
            hash.AppendData([0]);
            hash.AppendData(leaves[start].Span);
            return hash.GetHashAndReset();
        }

        var left = 1;
        while (left * 2 < count)
            left *= 2; // the largest power of two below count
        hash.AppendData([1]);
        hash.AppendData(Root(leaves, start, left));
        hash.AppendData(Root(leaves, start + left, count - left));
        return hash.GetHashAndReset();
    }
}
