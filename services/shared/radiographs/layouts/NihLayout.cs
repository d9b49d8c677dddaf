using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>nih</c>: ChestX-ray14 (Wang et al. 2017). Images anywhere below the folder, joined to <c>Data_Entry_2017*.csv</c> by file name;
/// <c>BBox_List_2017.csv</c> gives boxes, in pixels of 1024 × 1024 whatever size the images have now; <c>*_list.txt</c> give the split.
/// </summary>
internal sealed class NihLayout : IDataLayout
{
    private const string Key = "Image Index", Labels = "Finding Labels", Patient = "Patient ID", View = "View Position",
        Nothing = "no finding";

    public string Name => DataLayoutNames.Nih;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var table = files.OpenTable(source.Labels, n => n.StartsWith("data_entry", StringComparison.Ordinal)
            && n.EndsWith(".csv", StringComparison.Ordinal), "Data_Entry_2017_v2020.csv", $"{field}.labels");
        table.RequireColumns(Key, Labels, Patient);
        var patients = KeyColumn.Create(table.Rows.Select(r => r[Patient]));
        var join = new RowJoin(source, Key);
        var rows = join.Group(table);
        var boxes = Boxes(source, files, field);
        var splits = SplitLists.Read(files.Others.Where(f => f.EndsWith("_list.txt", StringComparison.OrdinalIgnoreCase)), files, source,
            $"{field}.name");
        var left = new LeftOutCounter("images");
        var views = new ViewFilter(source, left);
        var studies = new List<Study>();
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = files.RelativePath(file);
            if (!rows.TryGetValue(Path.GetFileName(file), out var about))
            {
                left.Add($"have no row in {Path.GetFileName(table.Name)}", id);
                continue;
            }

            named.Add(Path.GetFileName(file));
            var (row, labels) = join.Read(about, Read, Patient);
            var view = table.HasColumn(View) ? EmptyCell.Read(row[View]) : null;
            if (table.HasColumn(View) && views.LeavesOut(ViewFilter.IsFrontal(view), id))
                continue;
            studies.Add(new Study
            {
                Id = id,
                Source = Name,
                Patient = EmptyCell.Read(row[Patient]) ?? "",
                PatientKey = patients.Normalise(row[Patient]),
                Split = splits.Find(file),
                View = view,
                IsFrontal = ViewFilter.IsFrontal(view),
                Labels = labels.Present,
                Uncertain = labels.Uncertain,
                IsNormal = labels.Present is [Nothing],
                Boxes = boxes.GetValueOrDefault(Path.GetFileName(file), []),
                ImageFile = file,
            });
        }

        var images = left.Count(files.Images.Count);
        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"none of the {files.Images.Count} images below '{source.Describe(source.Folder)}' has a row in "
                    + $"'{table.Name}'{(images.Count > 1 || named.Count > 0 ? " and a frontal view" : "")}");
        var absent = new LeftOutCounter("rows");
        foreach (var row in rows.Where(r => !named.Contains(r.Key)).Select(r => r.Value[0]))
            absent.Add("have no image", row.Describe());
        return new StudySet(studies, [.. images.Select(l => l.Sentence)])
        {
            LeftOut = [.. images, .. absent.Count(rows.Count), .. splits.LeftOut],
            RaterPolicy = join.Policy,
        };
    }

    private static Reading Read(CsvRow row)
    {
        if (EmptyCell.IsEmpty(row[Labels]))
            return new Reading([], [], []);
        string[] labels = [.. row[Labels].Split('|').Select(LabelNormaliser.Normalise).Where(l => l.Length > 0).Distinct()];
        return labels.Length > 1 && labels.Contains(Nothing)
            ? throw row.Table.Refuse(row, Labels, "says that nothing was found, and names a finding too") : new Reading(labels, [], []);
    }

    private static Dictionary<string, List<StudyBox>> Boxes(RadiographSource source, SourceFiles files, string field)
    {
        var boxes = new Dictionary<string, List<StudyBox>>(StringComparer.Ordinal);
        if (files.FindTable(source.Boxes, n => n.StartsWith("bbox_list", StringComparison.Ordinal), $"{field}.boxes") is not { } file)
            return boxes;
        var table = CsvTable.Open(file, source.Boundary, $"{field}.boxes");
        table.RequireColumns(Key, "Finding Label");
        var first = table.Columns.Select((c, i) => (Name: c, Index: i))
            .FirstOrDefault(c => c.Name.StartsWith("Bbox", StringComparison.OrdinalIgnoreCase), (Name: "", Index: -1)).Index;
        if (first < 0 || first + 4 > table.Columns.Count)
            throw MeshException.Invalid($"{field}.boxes",
                $"'{table.Name}' needs a column 'Bbox [x,y,w,h]' followed by three more");
        foreach (var (image, rows) in table.GroupRows(Key))
            boxes[image] = [.. rows.Select(row => PixelBoxParser.Parse(NormaliseFinding(row["Finding Label"]),
                [.. Enumerable.Range(first, 4).Select(i => row[i])], $"{field}.boxes", row))];
        return boxes;
    }

    /// <summary>The table of boxes says "infiltrate" where the table of labels says "infiltration".</summary>
    private static string NormaliseFinding(string finding) => LabelNormaliser.Normalise(finding) is "infiltrate"
        ? "infiltration" : LabelNormaliser.Normalise(finding);
}
