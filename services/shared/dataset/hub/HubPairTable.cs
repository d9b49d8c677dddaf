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
    private const int GroupSize = 100;

    /// <summary>Writes at most so many of the pairs that come next; the others are left to the next file.</summary>
    /// <returns>How many were written.</returns>
    public static async Task<int> WriteAsync(string path, IEnumerator<SealedPair> pairs, int most, CancellationToken cancellation)
    {
        var (bytes, name) = (new DataField<byte[]>("bytes"), new DataField<string>("path"));
        var schema = new ParquetSchema([new StructField("image", bytes, name), .. PairTableSchema.Instance.Columns.Select(c => c.Field)]);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        await using var writer = await ParquetWriter.CreateAsync(schema, file, options, cancellationToken: cancellation);
        var written = 0;
        while (written < most && ReadGroup(pairs, Math.Min(GroupSize, most - written)) is { Count: > 0 } group)
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(bytes, group.Select(p => p.Files.Png).ToArray());
            await rows.WriteAsync(name, group.Select(p => p.Record.FileName).ToArray());
            PairRecord[] records = [.. group.Select(p => p.Record)];
            foreach (var column in PairTableSchema.Instance.Columns)
                await column.WriteAsync(rows, records);
            rows.CompleteValidate();
            written += group.Count;
        }

        return written;
    }

    /// <summary>One group at a time is in memory.</summary>
    private static List<SealedPair> ReadGroup(IEnumerator<SealedPair> pairs, int most)
    {
        var group = new List<SealedPair>();
        while (group.Count < most && pairs.MoveNext())
            group.Add(pairs.Current);
        return group;
    }
}
