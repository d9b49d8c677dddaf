using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Image features as rows hold them: float32, little-endian.</summary>
internal static class EmbeddingColumn
{
    public static byte[] Write(IReadOnlyList<float> values) => MemoryMarshal.AsBytes<float>(values.ToArray()).ToArray();

    public static ReadOnlySpan<float> Parse(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes);
}
