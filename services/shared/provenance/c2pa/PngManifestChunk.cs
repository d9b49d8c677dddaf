using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>The manifest store of a PNG: the chunk <c>caBX</c>.</summary>
internal static class PngManifestChunk
{
    private const string Type = "caBX";

    /// <returns>The store; null where there is none.</returns>
    /// <exception cref="ProvenanceFormatException">There are two.</exception>
    public static EmbeddedManifest? Find(byte[] png)
    {
        var chunks = PngChunkReader.Read(png).Where(c => c.Type == Type).ToList();
        if (chunks.Count > 1)
            throw new ProvenanceFormatException($"The PNG has {chunks.Count} manifest stores (chunk {Type}); it may have one.");
        return chunks is [var chunk]
            ? new EmbeddedManifest(png[chunk.DataStart..(chunk.DataStart + chunk.DataLength)], chunk.Start, chunk.End - chunk.Start) : null;
    }

    public static byte[] Remove(byte[] png) => PngChunkWriter.Insert(png, [], [], chunk => chunk.Type == Type);

    /// <summary>Puts a store right behind IHDR; the PNG has none.</summary>
    public static byte[] Insert(byte[] png, byte[] store) => PngChunkWriter.Insert(png, "caBX"u8, store, _ => false);

    /// <summary>The range that a store will take.</summary>
    public static (long Start, long Length) Measure(byte[] png, int storeLength) => (PngChunkReader.Read(png)[0].End, storeLength + 12);
}
