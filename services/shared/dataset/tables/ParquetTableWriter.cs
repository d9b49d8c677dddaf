using Parquet;
using Parquet.Schema;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>
/// Writes rows as Parquet, a group of rows at a time. Nothing in the file depends on when or where it is written: the same
/// rows give the same bytes.
/// </summary>
internal sealed class ParquetTableWriter<TRow> : IAsyncDisposable
{
    /// <summary>Rows of a row group.</summary>
    private const int GroupSize = 10_000;
    private readonly IReadOnlyList<TableColumn<TRow>> _columns;
    private readonly FileStream _file;
    private readonly ParquetWriter _writer;
    private readonly List<TRow> _pending = [];

    private ParquetTableWriter(IReadOnlyList<TableColumn<TRow>> columns, FileStream file, ParquetWriter writer)
    {
        _columns = columns;
        _file = file;
        _writer = writer;
    }

    /// <summary>Creates the table's file in the folder; it must not exist.</summary>
    public static async Task<ParquetTableWriter<TRow>> CreateAsync(string folder, TableSchema<TRow> schema, CancellationToken cancellation)
    {
        var file = new FileStream(Path.Combine(folder, schema.FileName), FileMode.CreateNew, FileAccess.ReadWrite);
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        var fields = new ParquetSchema(schema.Columns.Select(c => c.Field));
        var writer = await ParquetWriter.CreateAsync(fields, file, options, cancellationToken: cancellation);
        return new ParquetTableWriter<TRow>(schema.Columns, file, writer);
    }

    public async Task AddAsync(TRow row)
    {
        _pending.Add(row);
        if (_pending.Count == GroupSize)
            await FlushAsync();
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
