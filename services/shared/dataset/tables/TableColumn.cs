using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>What the cells of a column hold. No column has null cells.</summary>
public enum ColumnType
{
    /// <summary>UTF-8 text.</summary>
    Text,

    /// <summary>Any number of texts a row: a repeated column without a list group around it.</summary>
    TextList,

    /// <summary>A signed 32-bit integer.</summary>
    Integer32,

    /// <summary>A signed 64-bit integer.</summary>
    Integer64,

    /// <summary>A 64-bit IEEE number.</summary>
    Real64,

    /// <summary>True or false.</summary>
    Boolean,
}

/// <summary>A column of a table of a sealed data set, as the table's schema declares it.</summary>
public abstract class TableColumn<TRow>
{
    private protected TableColumn(string name, ColumnType type, bool isInRoot, bool mayLack)
    {
        Name = name;
        Type = type;
        IsInRoot = isInRoot;
        MayLack = mayLack;
    }

    /// <summary>Name in the file, lower case with underscores.</summary>
    public string Name { get; }

    public ColumnType Type { get; }

    /// <summary>False for a value that depends on how files are packed: the Merkle leaf of a row holds "" or 0 in its place.</summary>
    public bool IsInRoot { get; }

    /// <summary>
    /// True for a column at the end that sets from before it was known do not have; it is no part of the Merkle leaf, so that they keep
    /// their root.
    /// </summary>
    public bool MayLack { get; }

    internal DataField Field => field ??= new DataField(
        Name, ClrType, isNullable: false, isArray: Type == ColumnType.TextList);

    private Type ClrType => Type switch
    {
        ColumnType.Integer32 => typeof(int),
        ColumnType.Integer64 => typeof(long),
        ColumnType.Real64 => typeof(double),
        ColumnType.Boolean => typeof(bool),
        _ => typeof(string),
    };

    /// <summary>The cell as the Merkle leaf holds it.</summary>
    internal abstract JsonNode ToLeafValue(TRow row);

    internal abstract Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<TRow> rows);
}

/// <summary>A column whose cells are read and written as <typeparamref name="TValue"/>.</summary>
public sealed class TableColumn<TRow, TValue> : TableColumn<TRow>
    where TValue : notnull
{
    private readonly Func<TRow, TValue> _value;

    internal TableColumn(string name, ColumnType type, Func<TRow, TValue> value, bool isInRoot = true, bool mayLack = false)
        : base(name, type, isInRoot, mayLack) => _value = value;

    internal override JsonNode ToLeafValue(TRow row)
    {
        if (!IsInRoot)
            return Type == ColumnType.Text ? JsonValue.Create("") : JsonValue.Create(0);
        return _value(row) switch
        {
            IReadOnlyList<string> texts => new JsonArray([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]),
            var single => JsonValue.Create(single)!,
        };
    }

    internal override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<TRow> rows)
    {
        var cells = rows.Select(_value).ToArray();
        return cells switch
        {
            string[] texts => group.WriteAsync(Field, texts),
            int[] numbers => group.WriteAsync<int>(Field, numbers),
            long[] numbers => group.WriteAsync<long>(Field, numbers),
            double[] numbers => group.WriteAsync<double>(Field, numbers),
            bool[] flags => group.WriteAsync<bool>(Field, flags),
            IReadOnlyList<string>[] lists => WriteListsAsync(group, lists),
            _ => throw new NotSupportedException($"Column '{Name}': cells of type {typeof(TValue).Name} have no Parquet form here."),
        };
    }

    /// <summary>Repetition level 0 opens a row's list, 1 goes on with it.</summary>
    private Task WriteListsAsync(ParquetRowGroupWriter group, IReadOnlyList<string>[] lists)
    {
        var levels = lists.SelectMany(l => l.Select((_, i) => i == 0 ? 0 : 1)).ToArray();
        return group.WriteAsync(Field, lists.SelectMany(l => l).ToArray(), new ReadOnlyMemory<int>(levels));
    }
}

/// <summary>Declares the columns of a table whose rows are <typeparamref name="TRow"/>.</summary>
internal static class ColumnFactory<TRow>
{
    public static TableColumn<TRow, string> Text(string name, Func<TRow, string> value, bool isInRoot = true) =>
        new(name, ColumnType.Text, value, isInRoot);

    /// <summary>A text that sets from before it was known do not have.</summary>
    public static TableColumn<TRow, string> LaterText(string name, Func<TRow, string> value) =>
        new(name, ColumnType.Text, value, isInRoot: false, mayLack: true);

    public static TableColumn<TRow, IReadOnlyList<string>> TextList(string name, Func<TRow, IReadOnlyList<string>> value) =>
        new(name, ColumnType.TextList, value);

    public static TableColumn<TRow, int> Integer32(string name, Func<TRow, int> value) => new(name, ColumnType.Integer32, value);

    public static TableColumn<TRow, long> Integer64(string name, Func<TRow, long> value, bool isInRoot = true) =>
        new(name, ColumnType.Integer64, value, isInRoot);

    public static TableColumn<TRow, double> Real64(string name, Func<TRow, double> value) => new(name, ColumnType.Real64, value);

    public static TableColumn<TRow, bool> Boolean(string name, Func<TRow, bool> value) => new(name, ColumnType.Boolean, value);
}
