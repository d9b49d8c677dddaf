using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>nih</c>: ChestX-ray14 (Wang et al. 2017). Images anywhere below the folder, joined to <c>Data_Entry_2017*.csv</c> by file name;
/// <c>BBox_List_2017.csv</c> gives boxes, in pixels of 1024 × 1024 whatever size the images have now.
/// </summary>
internal sealed class NihLayout : IDataLayout
{
    public string Name => DataLayoutNames.Nih;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = ImageFiles.FindBelow(source.Folder, source.Boundary, $"{field}.name");
        var labels = CsvTable.Open(source.Labels, source.Boundary, $"{field}.labels");
        labels.RequireColumns("Image Index", "Finding Labels", "Patient ID");
        var rows = new Dictionary<string, CsvRow>(StringComparer.Ordinal);
        foreach (var row in labels.Rows)
        {
            if (!rows.TryAdd(row["Image Index"], row) && !rows[row["Image Index"]].Cells.SequenceEqual(row.Cells))
                throw MeshException.Invalid($"{field}.labels",
                    $"{row.Describe()} differs from line {rows[row["Image Index"]].Line}, which has the same 'Image Index'");
        }

        var boxes = Boxes(source, field);
        var studies = new List<Study>();
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!rows.TryGetValue(Path.GetFileName(file), out var row))
                continue;
            studies.Add(new Study
            {
                Id = ImageFiles.RelativePath(source.Folder, file),
                Source = Name,
                Patient = row["Patient ID"].TrimStart('0'),
                Labels = [.. row["Finding Labels"].Split('|').Select(LabelNormaliser.Normalise)],
                Boxes = boxes.GetValueOrDefault(Path.GetFileName(file), []),
                ImageFile = file,
            });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' has a row in "
                    + $"'{labels.Name}'");
        return new StudySet(studies, JoinNotes.UnmatchedImages(files.Length, studies.Count, source.Labels!));
    }

    private static Dictionary<string, List<StudyBox>> Boxes(RadiographSource source, string field)
    {
        var boxes = new Dictionary<string, List<StudyBox>>(StringComparer.Ordinal);
        if (source.Boxes is null)
            return boxes;
        var table = CsvTable.Open(source.Boxes, source.Boundary, $"{field}.boxes");
        table.RequireColumns("Image Index", "Finding Label");
        var first = table.Columns.Select((c, i) => (Name: c, Index: i))
            .FirstOrDefault(c => c.Name.StartsWith("Bbox", StringComparison.OrdinalIgnoreCase), (Name: "", Index: -1)).Index;
        if (first < 0 || first + 4 > table.Columns.Count)
            throw MeshException.Invalid($"{field}.boxes",
                $"'{table.Name}' needs a column 'Bbox [x,y,w,h]' followed by three more");
        foreach (var row in table.Rows)
        {
            if (!boxes.TryGetValue(row["Image Index"], out var of))
                boxes[row["Image Index"]] = of = [];
            of.Add(PixelBoxParser.Parse(NormaliseFinding(row["Finding Label"]), [.. Enumerable.Range(first, 4).Select(i => row[i])],
                $"{field}.boxes", row));
        }

        return boxes;
    }

    /// <summary>The table of boxes says "infiltrate" where the table of labels says "infiltration".</summary>
    private static string NormaliseFinding(string finding) => LabelNormaliser.Normalise(finding) is "infiltrate"
        ? "infiltration" : LabelNormaliser.Normalise(finding);
}
