using Parquet;
using Parquet.Schema;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>
/// Writes rows as Parquet, a group of rows at a time. Nothing in the file depends on when or where it is written: the same
/// rows give the same bytes.
/// </summary>
internal sealed class ParquetTableWriter<TRow> : IAsyncDisposable
{
    private const int GroupSize = 10_000;
    private readonly ParquetColumn<TRow>[] _columns;
    private readonly FileStream _file;
    private readonly ParquetWriter _writer;
    private readonly List<TRow> _pending = [];

    private ParquetTableWriter(ParquetColumn<TRow>[] columns, FileStream file, ParquetWriter writer)
    {
        _columns = columns;
        _file = file;
        _writer = writer;
    }

    public static async Task<ParquetTableWriter<TRow>> CreateAsync(string path, ParquetColumn<TRow>[] columns,
        CancellationToken cancellation)
    {
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        var writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns.Select(c => c.Field)), file, options,
            cancellationToken: cancellation);
        return new ParquetTableWriter<TRow>(columns, file, writer);
    }

    public async Task AddAsync(IEnumerable<TRow> rows)
    {
        foreach (var row in rows)
        {
            _pending.Add(row);
            if (_pending.Count == GroupSize)
                await FlushAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_pending.Count > 0)
            await FlushAsync();
        await _writer.DisposeAsync();
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
    }

    private async Task FlushAsync()
    {
        using var group = _writer.CreateRowGroup();
        foreach (var column in _columns)
            await column.WriteAsync(group, _pending);
        group.CompleteValidate();
        _pending.Clear();
    }
}
