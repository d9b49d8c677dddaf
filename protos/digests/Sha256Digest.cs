using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Digests;

/// <summary>SHA-256 as every contract and file of the mesh spells it: 64 digits of lower-case hex.</summary>
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
}
