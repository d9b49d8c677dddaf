using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>rsna</c>: RSNA pneumonia detection (2018). The table has <c>patientId,x,y,width,height,Target</c>, a row a box in pixels of
/// 1024 × 1024; images are found by the id. An image with target 0 shows no pneumonia and has no label; whether it is normal, only
/// <c>stage_2_detailed_class_info.csv</c> tells, where it lies in the folder.
/// </summary>
internal sealed class RsnaLayout : IDataLayout
{
    private const string Key = "patientId", Pneumonia = "pneumonia";

    public string Name => DataLayoutNames.Rsna;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var table = files.OpenTable(source.Labels ?? source.Boxes, n => n.EndsWith("train_labels.csv", StringComparison.Ordinal),
            "stage_2_train_labels.csv", $"{field}.labels");
        table.RequireColumns(Key, "x", "y", "width", "height", "Target");
        var rows = table.GroupRows(Key);
        var details = ReadDetails(source, files, $"{field}.labels");
        var left = new LeftOutCounter("images");
        var named = new HashSet<string>(StringComparer.Ordinal);
        var studies = new List<Study>();
        foreach (var file in files.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            var (id, patient) = (files.RelativePath(file), ImageFiles.Stem(file));
            if (!rows.TryGetValue(patient, out var about))
            {
                left.Add($"have no row in {Path.GetFileName(table.Name)}", id);
                continue;
            }

            named.Add(patient);
            var detail = details.GetValueOrDefault(patient);
            var boxes = Boxes(about, $"{field}.labels");
            if (detail is not null && detail.Equals("Lung Opacity", StringComparison.OrdinalIgnoreCase) != boxes.Length > 0)
                throw table.Refuse(about[0], "Target", "and the table of classes differ about the image");
            studies.Add(new Study
            {
                Id = id,
                Source = Name,
                Patient = patient,
                Split = SplitName.Find(id) ?? SplitName.Find(Path.GetFileName(table.Name)),
                Labels = boxes.Length > 0 ? [Pneumonia] : [],
                Negative = boxes.Length > 0 ? [] : [Pneumonia],
                IsNormal = detail is not null && detail.Equals("Normal", StringComparison.OrdinalIgnoreCase),
                Boxes = boxes,
                Facts = detail is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["detail"] = detail },
                ImageFile = file,
            });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"none of the {files.Images.Count} images below '{source.Describe(source.Folder)}' has a row in "
                    + $"'{table.Name}'");
        var images = left.Count(files.Images.Count);
        var absent = new LeftOutCounter("rows");
        foreach (var row in rows.Where(r => !named.Contains(r.Key)).SelectMany(r => r.Value))
            absent.Add("have no image", row.Describe());
        return new StudySet(studies, [.. images.Select(l => l.Sentence)]) { LeftOut = [.. images, .. absent.Count(table.Rows.Count)] };
    }

    /// <summary>A row a box; one with target 0 has none, and stands alone.</summary>
    private static StudyBox[] Boxes(List<CsvRow> rows, string field)
    {
        var table = rows[0].Table;
        var boxes = new List<StudyBox>();
        foreach (var row in rows)
        {
            if (!FindingCell.TryParse(row["Target"], out var target) || target is not (FindingAnswer.Present or FindingAnswer.Absent))
                throw table.Refuse(row, "Target", "must be 1 or 0");
            string[] cells = [row["x"], row["y"], row["width"], row["height"]];
            if (target == FindingAnswer.Present)
                boxes.Add(PixelBoxParser.Parse(Pneumonia, cells, field, row));
            else if (rows.Count > 1)
                throw table.Refuse(row, "Target", $"is 0, and the image has another row; an image without pneumonia has one");
            else if (!cells.All(EmptyCell.IsEmpty))
                throw table.Refuse(row, "Target", "is 0, and the row has a box");
        }

        return [.. boxes];
    }

    private static Dictionary<string, string> ReadDetails(RadiographSource source, SourceFiles files, string field)
    {
        if (files.FindTable(null, n => n.EndsWith("detailed_class_info.csv", StringComparison.Ordinal), field) is not { } file)
            return [];
        var table = CsvTable.Open(file, source.Boundary, field);
        table.RequireColumns(Key, "class");
        return table.IndexRows(Key).ToDictionary(r => r.Key, r => r.Value["class"], StringComparer.Ordinal);
    }
}
