using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// The Merkle tree hash of RFC 6962, section 2.1, over ordered leaves. Leaves are hashed after a 0 byte and inner nodes after a 1 byte, so
/// that no leaf can pass for a node.
/// </summary>
public static class MerkleTree
{
    /// <summary>The root in lower-case hex; SHA-256 of nothing where there are no leaves.</summary>
    public static string Root(IReadOnlyList<ReadOnlyMemory<byte>> leaves) =>
        Convert.ToHexStringLower(leaves.Count == 0 ? SHA256.HashData([]) : Hash(leaves, 0, leaves.Count));

    /// <summary>The root over the UTF-8 bytes of texts.</summary>
    public static string Root(IEnumerable<string> leaves) =>
        Root([.. leaves.Select(l => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(l)))]);

    private static byte[] Hash(IReadOnlyList<ReadOnlyMemory<byte>> leaves, int start, int count)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (count == 1)
        {
            hash.AppendData([0]);
            hash.AppendData(leaves[start].Span);
            return hash.GetHashAndReset();
        }

        var left = 1; // the largest power of two below count
        while (left * 2 < count)
            left *= 2;
        hash.AppendData([1]);
        hash.AppendData(Hash(leaves, start, left));
        hash.AppendData(Hash(leaves, start + left, count - left));
        return hash.GetHashAndReset();
    }
}
