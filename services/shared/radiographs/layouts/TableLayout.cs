using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>table</c>: a folder of images and a CSV. One column names the image (a path below the folder, a file name or a stem); labels are
/// one column, parted by "|" or ";", or a column each of 1, 0 and -1; a report is a column, or findings and impression. Without
/// <c>labels</c> the folder must hold exactly one CSV.
/// </summary>
internal sealed class TableLayout : IDataLayout
{
    public string Name => DataLayoutNames.Table;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = ImageFiles.FindBelow(source.Folder, source.Boundary, $"{field}.name");
        var table = CsvTable.Open(source.Labels ?? FindOnlyTable(source, $"{field}.labels"), source.Boundary, $"{field}.labels");
        var columns = TableColumns.Detect(table, $"{field}.labels");
        if (columns.Label is null && columns.Findings.Count == 0 && columns.Texts.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"needs a column of labels or of reports; none of the {table.Columns.Count} of its first line is one");
        var rows = new Dictionary<string, CsvRow>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
            rows[row[columns.Image].Replace('\\', '/')] = row;
        var studies = new List<Study>();
        var name = ImageFiles.SourceName(source.Folder);
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = ImageFiles.RelativePath(source.Folder, file);
            if (rows.TryGetValue(id, out var row) || rows.TryGetValue(Path.GetFileName(file), out row)
                || rows.TryGetValue(Path.GetFileNameWithoutExtension(file), out row))
                studies.Add(Describe(row, columns, id, name, file));
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' has a row by its column "
                    + $"'{EchoedText.Shorten(columns.Image)}'");
        return new StudySet(studies, JoinNotes.UnmatchedImages(files.Length, studies.Count, source.Labels ?? "the table"));
    }

    private static Study Describe(CsvRow row, TableColumns columns, string id, string source, string file)
    {
        var report = string.Join(' ', columns.Texts.Select(t => row[t]).Where(t => t.Length > 0));
        string[] one = columns.Label is null
            ? [] : [.. row[columns.Label].Split('|', ';').Select(LabelNormaliser.Normalise).Where(l => l.Length > 0)];
        var (patient, whose) = columns.Patient is null ? PatientFileName.Parse(file) : (row[columns.Patient], null);
        return new Study
        {
            Id = id,
            Source = source,
            Patient = patient,
            PatientSource = whose,
            Labels = [.. one, .. columns.Findings.Where(f => row[f] is "1" or "1.0").Select(LabelNormaliser.Normalise)],
            Uncertain = [.. columns.Findings.Where(f => row[f] is "-1" or "-1.0").Select(LabelNormaliser.Normalise)],
            Report = report.Length > 0 ? report : null,
            ImageFile = file,
        };
    }

    private static string FindOnlyTable(RadiographSource source, string field)
    {
        var tables = Directory.EnumerateFiles(source.Folder)
            .Where(f => f.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || f.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase))
            .ToArray();
        return tables.Length == 1 ? tables[0]
            : throw MeshException.Invalid(field,
                $"is missing, and '{source.Describe(source.Folder)}' has {tables.Length} tables: name one, or leave exactly one there");
    }
}
