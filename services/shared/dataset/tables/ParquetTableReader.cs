using Parquet;
using Parquet.Schema;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>Reads a table back, column by column over all row groups.</summary>
internal sealed class ParquetTableReader
{
    private readonly Dictionary<string, Array> _columns = new(StringComparer.Ordinal);

    public int Rows { get; private set; }

    public static async Task<ParquetTableReader> ReadAsync(string path, CancellationToken cancellation)
    {
        var table = new ParquetTableReader();
        await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: cancellation);
        for (var g = 0; g < reader.RowGroupCount; g++)
        {
            using var group = reader.OpenRowGroupReader(g);
            var rows = checked((int)group.RowCount);
            table.Rows += rows;
            foreach (var field in reader.Schema.GetDataFields())
                table.Append(field.Name, await ReadAsync(group, field, rows, cancellation));
        }

        return table;
    }

    public T[] Get<T>(string column) => _columns.TryGetValue(column, out var values) ? (T[])values : [];

    private void Append(string name, Array values)
    {
        if (!_columns.TryGetValue(name, out var before))
        {
            _columns[name] = values;
            return;
        }

        var joined = Array.CreateInstance(values.GetType().GetElementType()!, before.Length + values.Length);
        before.CopyTo(joined, 0);
        values.CopyTo(joined, before.Length);
        _columns[name] = joined;
    }

    private static async Task<Array> ReadAsync(ParquetRowGroupReader group, DataField field, int rows, CancellationToken cancellation)
    {
        if (field.IsArray)
            return await ReadListsAsync(group, field, rows, cancellation);
        if (field.ClrType == typeof(long))
            return await ValuesAsync<long>(group, field, rows, cancellation);
        if (field.ClrType == typeof(int))
            return await ValuesAsync<int>(group, field, rows, cancellation);
        if (field.ClrType == typeof(double))
            return await ValuesAsync<double>(group, field, rows, cancellation);
        if (field.ClrType == typeof(bool))
            return await ValuesAsync<bool>(group, field, rows, cancellation);
        var text = new string[rows];
        await group.ReadAsync(field, new Memory<string?>(text), cancellationToken: cancellation);
        return text;
    }

    private static async Task<Array> ReadListsAsync(ParquetRowGroupReader group, DataField field, int rows, CancellationToken cancellation)
    {
        var count = checked((int)(group.GetMetadata(field)?.MetaData?.NumValues ?? 0));
        var texts = new ReadOnlyMemory<char>[count];
        var levels = new int[count];
        await group.ReadRawAsync<ReadOnlyMemory<char>>(field, texts, new int[count].AsMemory(), levels.AsMemory(), cancellation);
        var values = Array.ConvertAll(texts, t => t.ToString());
        var lists = new string[rows][];
        var at = 0;
        for (var row = 0; row < rows; row++)
        {
            var from = at++;
            while (at < count && levels[at] == 1)
                at++;
            lists[row] = values[from..at];
        }

        return lists;
    }

    private static async Task<Array> ValuesAsync<T>(ParquetRowGroupReader group, DataField field, int rows, CancellationToken cancellation)
        where T : struct
    {
        var values = new T[rows];
        await group.ReadAsync<T>(field, values.AsMemory(), cancellationToken: cancellation);
        return values;
    }
}
