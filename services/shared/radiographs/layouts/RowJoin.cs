using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Reads the labels of an image from its rows, of which there may be several, by the policy of the source.</summary>
/// <param name="source">Its policy; where it has none, rows that differ are refused.</param>
/// <param name="key">The column that names the image or the exam.</param>
internal sealed class RowJoin(RadiographSource source, string key)
{
    private int _joined;

    /// <summary>The policy, where an image had several rows that differ; null else.</summary>
    public string? Policy => _joined > 0 ? source.Raters : null;

    /// <summary>What the user is told of it; nothing where no rows were joined.</summary>
    public IEnumerable<string> Notes => _joined == 0 ? [] : [string.Create(CultureInfo.InvariantCulture,
        $"Rows of {_joined} images or exams differ, and were joined by the policy '{source.Raters}'.")];

    /// <summary>The rows of each image, equal ones once.</summary>
    /// <param name="spelling">As of <see cref="CsvTable.GroupRows"/>.</param>
    /// <exception cref="MeshException">INVALID_FIELD: rows of one image that differ, where no policy is given; also of an image that is not
    /// in the folder.</exception>
    public Dictionary<string, List<CsvRow>> Group(CsvTable table, Func<string, string>? spelling = null)
    {
        var groups = table.GroupRows(key, spelling);
        if (source.Raters is null or RaterPolicyNames.Refuse)
        {
            foreach (var rows in groups.Values)
                table.RequireOne(rows, key);
        }

        return groups;
    }

    /// <summary>Joins what the rows of one image say.</summary>
    /// <param name="rows">The rows of one image, equal ones once.</param>
    /// <param name="columns">The columns of findings.</param>
    /// <param name="fixedColumns">Columns that the rows must agree in: no policy chooses between two patients.</param>
    /// <exception cref="MeshException">INVALID_FIELD: rows that differ where no policy is given, or in a column that is not voted
    /// on.</exception>
    public (CsvRow Row, Reading Labels) Read(IReadOnlyList<CsvRow> rows, IReadOnlyList<string> columns,
        params ReadOnlySpan<string> fixedColumns) => Read(rows, r => Reading.From(r, columns), fixedColumns);

    /// <summary>The same with a way of its own to read a row.</summary>
    public (CsvRow Row, Reading Labels) Read(IReadOnlyList<CsvRow> rows, Func<CsvRow, Reading> read,
        params ReadOnlySpan<string> fixedColumns)
    {
        var first = rows[0];
        if (rows.Count == 1 || source.Raters is null or RaterPolicyNames.Refuse)
            return (first.Table.RequireOne(rows, key), read(first));
        _joined++;
        foreach (var column in fixedColumns)
        {
            if (source.Raters != RaterPolicyNames.First && first.Table.HasColumn(column)
                && rows.FirstOrDefault(r => r[column] != first[column]) is { Line: > 0 } other)
                throw other.Table.Refuse(other, column, $"differs from line {first.Line}, which is about the same '{key}'");
        }

        return (first, RaterRule.Join([.. rows.Select(read)], source.Raters,
            what => first.Table.Refuse(first, key, what)));
    }
}
