using Parquet;
using Parquet.Schema;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>Reads a table with exactly the columns of its schema.</summary>
internal static class ParquetTableReader
{
    /// <summary>Far above what any compression reaches, so that a forged count of rows takes no memory.</summary>
    private const long MostRowsPerByte = 64;

    /// <summary>Every row, in file order.</summary>
    /// <exception cref="InvalidDataException">The file is not Parquet, or a column is missing, unknown, of another type or has an
    /// empty cell.</exception>
    public static async Task<IReadOnlyList<TRow>> ReadAsync<TRow>(string folder, TableSchema<TRow> schema, CancellationToken cancellation)
    {
        try
        {
            await using var file = File.OpenRead(Path.Combine(folder, schema.FileName));
            ParquetFooterCheck.Check(file);
            await using var reader = await ParquetReader.CreateAsync(file, cancellationToken: cancellation);
            var fields = reader.Schema.GetDataFields();
            CheckColumns(fields, schema);
            var rows = new List<TRow>();
            for (var number = 0; number < reader.RowGroupCount; number++)
            {
                using var group = reader.OpenRowGroupReader(number);
                if (group.RowCount < 0 || group.RowCount > file.Length * MostRowsPerByte)
                    throw new InvalidDataException($"says that it has {group.RowCount} rows, which its {file.Length} bytes cannot hold");
                var count = checked((int)group.RowCount);
                var cells = new Dictionary<string, Array>(StringComparer.Ordinal);
                foreach (var (column, field) in schema.Columns.Zip(fields))
                    cells[column.Name] = await ReadColumnAsync(group, column.Type, field, count, cancellation);
                rows.AddRange(Enumerable.Range(0, count).Select(row => schema.Create(new TableRow<TRow>(cells, row))));
            }

            return rows;
        }
        catch (Exception error) when (error is not (OperationCanceledException or InvalidDataException))
        {
            // On bytes that are no Parquet the reader throws whatever its parsing ends in, in words about its own variables.
            throw new InvalidDataException("cannot be read as Parquet", error);
        }
    }

    private static void CheckColumns<TRow>(DataField[] found, TableSchema<TRow> schema)
    {
        var expected = schema.Columns.Select(c => c.Field).ToArray();
        if (found.FirstOrDefault(f => f is { IsNullable: true, IsArray: false }) is { } optional)
            throw new InvalidDataException(
                $"has column '{EchoedText.Shorten(optional.Name)}' as OPTIONAL, where the format has it as REQUIRED");
        for (var i = 0; i < Math.Max(found.Length, expected.Length); i++)
        {
            var (has, needs) = (found.ElementAtOrDefault(i), expected.ElementAtOrDefault(i));
            if (has is null && schema.Columns[i].MayLack)
                continue;
            if (has?.Name != needs?.Name || has?.ClrType != needs?.ClrType || has?.IsArray != needs?.IsArray)
            {
                if (has is not null && has.Name == needs?.Name)
                    throw new InvalidDataException($"has column '{has.Name}' of another type than the format has it");
                throw new InvalidDataException(
                    $"has {(has is null ? "no column" : $"column '{EchoedText.Shorten(has.Name)}'")} at position {i + 1}, "
                        + $"where the format has {(needs is null ? "none" : $"'{needs.Name}'")}");
            }
        }
    }

    private static async Task<Array> ReadColumnAsync(
        ParquetRowGroupReader group, ColumnType type, DataField field, int rows, CancellationToken cancellation)
    {
        switch (type)
        {
            case ColumnType.Integer32:
                return await ReadValuesAsync<int>(group, field, rows, cancellation);
            case ColumnType.Integer64:
                return await ReadValuesAsync<long>(group, field, rows, cancellation);
            case ColumnType.Real64:
                return await ReadValuesAsync<double>(group, field, rows, cancellation);
            case ColumnType.Boolean:
                return await ReadValuesAsync<bool>(group, field, rows, cancellation);
            case ColumnType.TextList:
                return await ReadListsAsync(group, field, rows, cancellation);
            default:
                var texts = new string[rows];
                await group.ReadAsync(field, new Memory<string?>(texts), cancellationToken: cancellation);
                return Array.IndexOf(texts, null) is var empty && empty < 0
                    ? texts : throw new InvalidDataException($"has no value in column '{field.Name}' of row {empty} of a row group");
        }
    }

    private static async Task<T[]> ReadValuesAsync<T>(ParquetRowGroupReader group, DataField field, int rows,
        CancellationToken cancellation)
        where T : struct
    {
        var values = new T[rows];
        await group.ReadAsync<T>(field, values.AsMemory(), cancellationToken: cancellation);
        return values;
    }

    /// <summary>A value of repetition level 0 opens the list of the next row.</summary>
    private static async Task<IReadOnlyList<string>[]> ReadListsAsync(
        ParquetRowGroupReader group, DataField field, int rows, CancellationToken cancellation)
    {
        var count = checked((int)(group.GetMetadata(field)?.MetaData?.NumValues ?? 0));
        var texts = new ReadOnlyMemory<char>[count];
        var levels = new int[count];
        await group.ReadRawAsync<ReadOnlyMemory<char>>(field, texts, new int[count].AsMemory(), levels.AsMemory(), cancellation);
        var values = Array.ConvertAll(texts, t => t.ToString());
        var lists = new IReadOnlyList<string>[rows];
        var next = 0;
        for (var row = 0; row < rows; row++)
        {
            var start = next++;
            while (next < count && levels[next] == 1)
                next++;
            lists[row] = values[start..next];
        }

        return lists;
    }
}
