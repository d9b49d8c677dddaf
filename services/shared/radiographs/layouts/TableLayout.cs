using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

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
        var join = new RowJoin(source, columns.Image);
        var rows = join.Group(table, c => c.Replace('\\', '/'));
        var patients = columns.Patient is null ? null : KeyColumn.Create(table.Rows.Select(r => r[columns.Patient]));
        var left = new LeftOutCounter("images");
        var (studies, named) = (new List<Study>(), new HashSet<string>(StringComparer.Ordinal));
        var name = ImageFiles.SourceName(source.Folder);
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = ImageFiles.RelativePath(source.Folder, file);
            if (new[] { id, Path.GetFileName(file), ImageFiles.Stem(file) }.FirstOrDefault(rows.ContainsKey) is not { } key)
            {
                left.Add($"have no row in {Path.GetFileName(source.Labels ?? "the table")}", id);
                continue;
            }

            named.Add(key);
            var (patient, whose) = columns.Patient is null
                ? PatientFileName.Parse(file) : (EmptyCell.Read(rows[key][0][columns.Patient]), null);
            studies.Add(Describe(rows[key], columns, join) with
            {
                Id = id,
                Source = name,
                Patient = patient ?? "",
                PatientKey = patients?.Normalise(patient ?? ""),
                PatientSource = whose,
                ImageFile = file,
            });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' has a row by its column "
                    + $"'{EchoedText.Shorten(columns.Image)}'");
        var absent = new LeftOutCounter("rows");
        foreach (var row in rows.Where(r => !named.Contains(r.Key)).Select(r => r.Value[0]))
            absent.Add("have no image", row.Describe());
        var images = left.Count(files.Length);
        return new StudySet(studies, [.. images.Select(l => l.Sentence), .. Notes(columns)])
        {
            LeftOut = [.. images, .. absent.Count(rows.Count)],
            RaterPolicy = join.Policy,
        };
    }

    private static Study Describe(List<CsvRow> rows, TableColumns columns, RowJoin join)
    {
        var (row, labels) = join.Read(rows, r => ReadLabels(r, columns), columns.Patient is { } patient ? [patient] : []);
        var report = string.Join(' ', columns.Texts.Select(t => EmptyCell.Read(row[t])).OfType<string>());
        return new Study
        {
            Id = "",
            Source = "",
            Labels = labels.Present,
            Uncertain = labels.Uncertain,
            Negative = labels.Negative,
            IsNormal = labels.Present is ["normal" or "no finding"],
            Report = report.Length > 0 ? report : null,
        };
    }

    private static Reading ReadLabels(CsvRow row, TableColumns columns)
    {
        var answers = Reading.From(row, columns.Findings);
        return columns.Label is null || EmptyCell.IsEmpty(row[columns.Label]) ? answers
            : answers with { Present = [.. Split(row, columns.Label), .. answers.Present] };
    }

    /// <summary>A list as Python writes it, or texts parted by "|" or ";".</summary>
    private static IEnumerable<string> Split(CsvRow row, string column)
    {
        var parts = !ListCell.IsList(row[column]) ? row[column].Split('|', ';')
            : ListCell.Parse(row[column]) ?? throw row.Table.Refuse(row, column, ListCell.Expected);
        return parts.Select(LabelNormaliser.Normalise).Where(l => l.Length > 0).Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Notes(TableColumns columns) => columns.OtherAnswers.Count == 0 ? []
        : ["Columns that are no findings by their names were not taken: "
            + $"{string.Join(", ", columns.OtherAnswers.Select(c => EchoedText.Shorten(c)))}."];

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
