using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>What a row says besides findings, by names that are the same for every layout.</summary>
internal static class SourceFacts
{
    /// <param name="row">The row.</param>
    /// <param name="columns">Names, and the columns that they are in; a column that is not there, and a cell that says nothing, give
    /// none.</param>
    public static Dictionary<string, string> Read(CsvRow row, params ReadOnlySpan<(string Name, string Column)> columns)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, column) in columns)
        {
            if (row.Table.HasColumn(column) && EmptyCell.Read(row[column]) is { } cell)
                facts[name] = cell;
        }

        return facts;
    }
}
