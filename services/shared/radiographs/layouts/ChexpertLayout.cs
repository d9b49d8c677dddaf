using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>chexpert</c>: <c>train.csv</c>, <c>valid.csv</c> or the test table of CheXpert (Irvin et al. 2019). Paths of the table are looked for
/// below the folder, with and without their first part; lateral images are left out.
/// </summary>
internal sealed partial class ChexpertLayout : IDataLayout
{
    public string Name => DataLayoutNames.Chexpert;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        ImageFiles.CheckFolder(source.Folder, source.Boundary, $"{field}.name");
        var table = CsvTable.Open(source.Labels, source.Boundary, $"{field}.labels");
        table.RequireColumns("Path");
        var columns = ChexpertColumns.FindIn(table, $"{field}.labels");
        var studies = new List<Study>();
        var lateral = 0;
        var absent = 0;
        foreach (var row in table.Rows)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = row["Path"];
            if (path.Contains("lateral", StringComparison.OrdinalIgnoreCase))
                lateral++;
            else if (FindFile(source, path) is not { } file)
                absent++;
            else
                studies.Add(new Study
                {
                    Id = path,
                    Source = Name,
                    Patient = PatientPart().Match(path).Value,
                    Labels = ChexpertColumns.FindingsWithValue(row, columns, 1),
                    Uncertain = ChexpertColumns.FindingsWithValue(row, columns, -1),
                    ImageFile = file,
                });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"none of the {table.Rows.Count} paths of '{table.Name}' is a frontal image below "
                    + $"'{source.Describe(source.Folder)}'");
        return new StudySet(studies, JoinNotes.LeftOut(table.Rows.Count, (lateral, "are lateral views"), (absent, "have no image")));
    }

    /// <summary>A path of the table is one below the folder, whatever it says.</summary>
    private static string? FindFile(RadiographSource source, string path)
    {
        var folder = Path.GetFullPath(source.Folder);
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        string[] candidates = [Path.GetFullPath(Path.Combine(folder, path)), Path.GetFullPath(Path.Combine(folder, path[(slash + 1)..]))];
        return candidates.FirstOrDefault(f => DataBoundary.IsBelow(f, folder) && DataFiles.Exists(f, source.Boundary));
    }

    [GeneratedRegex(@"patient\d+")]
    private static partial Regex PatientPart();
}
