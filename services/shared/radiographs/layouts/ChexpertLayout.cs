using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>chexpert</c>: <c>train.csv</c>, <c>valid.csv</c> or the test table of CheXpert (Irvin et al. 2019); without <c>labels</c>, all of
/// them that lie in the folder. Paths of the table begin with the set's own folder, which may be the source's.
/// </summary>
internal sealed partial class ChexpertLayout : IDataLayout
{
    public string Name => DataLayoutNames.Chexpert;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var tables = files.FindTables(source.Labels,
            n => n is "train.csv" or "valid.csv" or "test.csv" or "test_labels.csv" or "val.csv" or "val_labels.csv");
        if (tables.Count == 0)
            throw files.Missing("train.csv or valid.csv", $"{field}.labels");
        var left = new LeftOutCounter("entries");
        var views = new ViewFilter(source, left);
        var join = new RowJoin(source, "Path");
        var studies = new SortedDictionary<string, Study>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var (entries, name) = (0, "");
        foreach (var table in tables.Select(t => CsvTable.Open(t, source.Boundary, $"{field}.labels")))
        {
            table.RequireColumns("Path");
            name = table.Name;
            var columns = ChexpertColumns.FindIn(table, $"{field}.labels");
            foreach (var rows in join.Group(table).Values)
            {
                cancellation.ThrowIfCancellationRequested();
                entries++;
                var (row, labels) = join.Read(rows, columns, "Frontal/Lateral", "AP/PA");
                var file = files.FindImage(row["Path"], row.Describe(), $"{field}.labels");
                if (file is not null && !taken.Add(file))
                    throw table.Refuse(row, "Path", "another row has the same image");
                var isFrontal = IsFrontal(row);
                if (isFrontal is not null && views.LeavesOut(isFrontal, row.Describe()))
                    continue;
                if (file is null)
                    left.Add("have no image", row.Describe());
                else
                    studies.Add(row["Path"], Describe(row, labels, isFrontal, file));
            }
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"none of the {entries} paths of '{name}' is a frontal image below "
                    + $"'{source.Describe(source.Folder)}'");
        var unmatched = files.CountUnmatched(taken, "the tables");
        var leftOut = left.Count(entries);
        return new StudySet([.. studies.Values], [.. leftOut.Select(l => l.Sentence)])
        {
            LeftOut = [.. leftOut, .. unmatched],
            RaterPolicy = join.Policy,
        };
    }

    private Study Describe(CsvRow row, Reading labels, bool? isFrontal, string file) => new()
    {
        Id = row["Path"],
        Source = Name,
        Patient = PatientPart().Match(row["Path"]).Value,
        Split = SplitName.Find(PatientPart().Split(row["Path"])[0]) ?? SplitName.Find(row.Table.Name),
        View = row.Table.HasColumn("AP/PA") ? EmptyCell.Read(row["AP/PA"]) : null,
        IsFrontal = isFrontal,
        Labels = labels.Present,
        Uncertain = labels.Uncertain,
        Negative = labels.Negative,
        IsNormal = ChexpertColumns.IsNormal(labels),
        ImageFile = file,
    };

    /// <summary>The column tells it; without that column the file name does.</summary>
    private static bool? IsFrontal(CsvRow row)
    {
        var told = row.Table.HasColumn("Frontal/Lateral") ? row["Frontal/Lateral"] : row["Path"];
        return told.Contains("lateral", StringComparison.OrdinalIgnoreCase) ? false
            : told.Contains("frontal", StringComparison.OrdinalIgnoreCase) ? true : null;
    }

    [GeneratedRegex(@"patient\d+")]
    private static partial Regex PatientPart();
}
