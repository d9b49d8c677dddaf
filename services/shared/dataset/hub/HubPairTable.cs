using Parquet;
using Parquet.Schema;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.SealedDatasets.Hub;

/// <summary>
/// Writes pairs as Parquet with their images in it, as Hugging Face's <c>Image</c> is stored: a group <c>image</c> of <c>bytes</c> and
/// <c>path</c>, and behind it the columns of <c>metadata.parquet</c>.
/// </summary>
internal static class HubPairTable
{
    /// <summary>Rows of a row group: readers take a group at a time, and these hold images.</summary>
    private const int GroupSize = 1_000;

    public static async Task WriteAsync(string path, IEnumerable<SealedPair> pairs, CancellationToken cancellation)
    {
        var (bytes, name) = (new DataField<byte[]>("bytes"), new DataField<string>("path"));
        var schema = new ParquetSchema([new StructField("image", bytes, name), .. PairTableSchema.Instance.Columns.Select(c => c.Field)]);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        await using var writer = await ParquetWriter.CreateAsync(schema, file, options, cancellationToken: cancellation);
        foreach (var group in pairs.Chunk(GroupSize))
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(bytes, group.Select(p => p.Files.Png).ToArray());
            await rows.WriteAsync(name, group.Select(p => p.Record.FileName).ToArray());
            PairRecord[] records = [.. group.Select(p => p.Record)];
            foreach (var column in PairTableSchema.Instance.Columns)
                await column.WriteAsync(rows, records);
            rows.CompleteValidate();
        }
    }
}
