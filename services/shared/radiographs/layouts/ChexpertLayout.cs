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
        ImageFiles.CheckFolder(source.Folder, $"{field}.name");
        var table = CsvTable.Open(source.Labels, $"{field}.labels");
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
            else if (FindFile(source.Folder, path) is not { } file)
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
                $"none of the {table.Rows.Count} paths of '{source.Labels}' is a frontal image below '{source.Folder}'");
        return new StudySet(studies, JoinNotes.LeftOut(table.Rows.Count, (lateral, "are lateral views"), (absent, "have no image")));
    }

    private static string? FindFile(string folder, string path)
    {
        var whole = Path.Combine(folder, path);
        if (File.Exists(whole))
            return whole;
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var rest = Path.Combine(folder, path[(slash + 1)..]);
        return slash >= 0 && File.Exists(rest) ? rest : null;
    }

    [GeneratedRegex(@"patient\d+")]
    private static partial Regex PatientPart();
}
