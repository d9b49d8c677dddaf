using Parquet;
using Parquet.Schema;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>A column of a table: how it is declared, written from rows, and read back by name.</summary>
internal abstract class ParquetColumn<TRow>(DataField declared)
{
    public DataField Field => declared;

    public abstract Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<TRow> rows);

    public static ParquetColumn<TRow> Text(string name, Func<TRow, string> value) => new TextColumn(name, value);

    public static ParquetColumn<TRow> TextList(string name, Func<TRow, IReadOnlyList<string>> value) => new TextsColumn(name, value);

    public static ParquetColumn<TRow> Long(string name, Func<TRow, long> value) => new ValueColumn<long>(name, value);

    public static ParquetColumn<TRow> Int(string name, Func<TRow, int> value) => new ValueColumn<int>(name, value);

    public static ParquetColumn<TRow> Real(string name, Func<TRow, double> value) => new ValueColumn<double>(name, value);

    public static ParquetColumn<TRow> Flag(string name, Func<TRow, bool> value) => new ValueColumn<bool>(name, value);

    private sealed class ValueColumn<TValue>(string name, Func<TRow, TValue> value)
        : ParquetColumn<TRow>(new DataField(name, typeof(TValue), isNullable: false))
        where TValue : struct
    {
        public override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<TRow> rows) =>
            group.WriteAsync<TValue>(Field, rows.Select(value).ToArray());
    }

    private sealed class TextColumn(string name, Func<TRow, string> value)
        : ParquetColumn<TRow>(new DataField(name, typeof(string), isNullable: false))
    {
        public override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<TRow> rows) =>
            group.WriteAsync(Field, rows.Select(value).ToArray());
    }

    private sealed class TextsColumn(string name, Func<TRow, IReadOnlyList<string>> value)
        : ParquetColumn<TRow>(new DataField(name, typeof(string), isNullable: false, isArray: true))
    {
        public override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<TRow> rows)
        {
            var lists = rows.Select(value).ToArray();
            var levels = lists.SelectMany(l => l.Select((_, i) => i == 0 ? 0 : 1)).ToArray();
            return group.WriteAsync(Field, lists.SelectMany(l => l).ToArray(), new ReadOnlyMemory<int>(levels));
        }
    }
}
