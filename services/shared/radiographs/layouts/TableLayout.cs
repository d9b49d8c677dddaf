using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>table</c>: a folder of images and a CSV, whose columns are known by their names (<see cref="TableColumns"/>). One names the image,
/// as <see cref="SourceFiles.FindImage"/> finds it; labels are one column, parted by "|" or ";", or a column each of 1, 0 and -1; a report
/// is a column, or findings and impression; patients, views and the set's own split have a column each where they are told. Without
/// <c>labels</c> the folder must hold exactly one CSV.
/// </summary>
internal sealed class TableLayout : IDataLayout
{
    public string Name => DataLayoutNames.Table;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var table = CsvTable.Open(source.Labels ?? FindOnlyTable(source, $"{field}.labels"), source.Boundary, $"{field}.labels");
        var columns = TableColumns.Detect(table, $"{field}.labels");
        var labels = new TableLabels(table, columns, $"{field}.labels");
        var join = new RowJoin(source, columns.Image);
        var images = FindImages(files, table, columns.Image, $"{field}.labels");
        var rows = join.Group(table, c => images.GetValueOrDefault(c, c));
        var patients = columns.Patient is null ? null : KeyColumn.Create(table.Rows.Select(r => r[columns.Patient]));
        var left = new LeftOutCounter("images");
        var views = new ViewFilter(source, left);
        var (studies, named) = (new List<Study>(), new HashSet<string>(StringComparer.Ordinal));
        var name = ImageFiles.SourceName(source.Folder);
        foreach (var file in files.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = files.RelativePath(file);
            if (!rows.TryGetValue(id, out var about))
            {
                left.Add($"have no row in {Path.GetFileName(source.Labels ?? "the table")}", id);
                continue;
            }

            named.Add(id);
            var row = about[0];
            var view = columns.View is null ? null : EmptyCell.Read(row[columns.View]);
            if (columns.View is not null && views.LeavesOut(ViewFilter.IsFrontal(view), id, "have a view that is not frontal"))
                continue;
            var (patient, whose) = columns.Patient is null
                ? PatientFileName.Parse(file) : (EmptyCell.Read(row[columns.Patient]), null);
            studies.Add(labels.Describe(about, join) with
            {
                Id = id,
                Source = name,
                Patient = patient ?? "",
                PatientKey = patients?.Normalise(patient ?? ""),
                PatientSource = whose,
                View = view,
                IsFrontal = ViewFilter.IsFrontal(view),
                Split = columns.Split is null ? null : EmptyCell.Read(row[columns.Split]),
                ImageFile = file,
            });
        }

        var unused = left.Count(files.Images.Count);
        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels", named.Count == 0
                ? $"none of the {files.Images.Count} images below '{source.Describe(source.Folder)}' has a row by its column "
                    + $"'{EchoedText.Shorten(columns.Image)}', which must hold paths below that folder, file names, or these without their "
                    + "endings, capitals as they are"
                : $"none of the {files.Images.Count} images is left to be read. {string.Join(' ', unused.Select(l => l.Sentence))}");
        labels.ThrowIfNoneReadable(studies, $"{field}.labels");
        var absent = new LeftOutCounter("rows");
        foreach (var row in rows.Where(r => !named.Contains(r.Key)).Select(r => r.Value[0]))
            absent.Add("have no image", row.Describe());
        foreach (var row in table.Rows.Where(r => r[columns.Image].Length == 0))
            absent.Add("name no image", row.Describe());
        return new StudySet(studies, [.. unused.Select(l => l.Sentence), .. labels.Notes(studies), .. join.Notes])
        {
            LeftOut = [.. unused, .. absent.Count(table.Rows.Count)],
            RaterPolicy = join.Policy,
        };
    }

    /// <summary>The images by the cells that name them, as paths below the folder.</summary>
    private static Dictionary<string, string> FindImages(SourceFiles files, CsvTable table, string column, string field)
    {
        var images = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in table.Rows.Where(r => r[column].Length > 0))
        {
            if (!images.ContainsKey(row[column]) && files.FindImage(row[column], row.Describe(), field) is { } file)
                images[row[column]] = files.RelativePath(file);
        }

        return images;
    }

    private static string FindOnlyTable(RadiographSource source, string field)
    {
        var tables = Directory.EnumerateFiles(source.Folder)
            .Where(f => f.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || f.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase))
            .ToArray();
        return tables.Length == 1 ? tables[0] : throw MeshException.Invalid(field,
            $"is missing, and '{source.Describe(source.Folder)}' has {tables.Length} tables (.csv, .csv.gz): name one, or leave exactly "
                + "one there");
    }
}
