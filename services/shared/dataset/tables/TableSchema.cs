namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>
/// The columns of a table of a sealed data set in file order, and how a row is made of its cells. FORMAT.md lists the same columns; a test
/// holds the two against each other.
/// </summary>
/// <param name="fileName">Where the table lies in the data set's folder.</param>
/// <param name="columns">Every column, in file order.</param>
/// <param name="create">Makes a row of its cells.</param>
public sealed class TableSchema<TRow>(string fileName, IReadOnlyList<TableColumn<TRow>> columns, Func<TableRow<TRow>, TRow> create)
{
    public string FileName => fileName;

    public IReadOnlyList<TableColumn<TRow>> Columns => columns;

    internal TRow Create(TableRow<TRow> cells) => create(cells);
}

/// <summary>The cells of one row while it is read.</summary>
public readonly struct TableRow<TRow>
{
    private readonly IReadOnlyDictionary<string, Array> _cells;
    private readonly int _row;

    internal TableRow(IReadOnlyDictionary<string, Array> cells, int row)
    {
        _cells = cells;
        _row = row;
    }

    public TValue Get<TValue>(TableColumn<TRow, TValue> column)
        where TValue : notnull => ((TValue[])_cells[column.Name])[_row];

    /// <summary>The cell of a column that the table may lack; empty where it does.</summary>
    public string Find(TableColumn<TRow, string> column) =>
        _cells.TryGetValue(column.Name, out var texts) ? ((string[])texts)[_row] : "";
}
