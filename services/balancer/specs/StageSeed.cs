using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>The seed of a stage of a pair: the first 8 bytes, big endian, of SHA-256(spec digest | index | stage | attempt).</summary>
public static class StageSeed
{
    /// <summary>Stage of <see cref="Derive"/>: the report of the attempt.</summary>
    public const string Report = "report";

    /// <summary>Stage of <see cref="Derive"/>: the image of the attempt.</summary>
    public const string Image = "image";

    /// <summary>Stage of <see cref="Derive"/>: the new entity sets of a shard's round.</summary>
    public const string Replacement = "replacement";

    public static ulong Derive(string specDigest, long index, string stage, int attempt) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{specDigest}|{index}|{stage}|{attempt}"))));
}
