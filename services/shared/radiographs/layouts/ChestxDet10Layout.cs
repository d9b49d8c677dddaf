using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>chestxdet10</c>: ChestX-Det10 (Liu et al. 2020). <c>train.json</c> and <c>test.json</c> hold an entry an image, with a finding for
/// each box; boxes are corners in pixels of 1024 × 1024. The images are NIH's, and so are the patients.
/// </summary>
internal sealed class ChestxDet10Layout : IDataLayout
{
    public string Name => DataLayoutNames.ChestxDet10;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var lists = files.FindTables(source.Labels,
            n => n.EndsWith(".json", StringComparison.Ordinal) && SplitName.Find(n) is not null);
        if (lists.Count == 0)
            throw files.Missing("train.json or test.json", $"{field}.labels");
        var left = new LeftOutCounter("entries");
        var studies = new Dictionary<string, Study>(StringComparer.Ordinal);
        var entries = 0;
        foreach (var list in lists)
        {
            using var json = JsonFile.Open(list, source.Boundary, $"{field}.labels");
            foreach (var entry in json.Items(json.Root, ""))
            {
                cancellation.ThrowIfCancellationRequested();
                entries++;
                var split = SplitName.Find(Path.GetFileName(list));
                var name = json.Text(entry, "file_name");
                if (files.FindImage(name, json.Describe(entry), $"{field}.labels", $"{split}_data") is not { } file)
                {
                    left.Add("have no image", json.Describe(entry));
                    continue;
                }

                var study = Describe(json, entry, files.RelativePath(file), file, $"{field}.labels") with { Split = split };
                if (!studies.TryAdd(file, study) && !IsSame(studies[file], study))
                    throw MeshException.Invalid($"{field}.labels",
                        $"{json.Describe(entry)} differs from another entry about the same image");
            }
        }

        return files.Complete([.. studies.Values], left.Count(entries), studies.Keys.ToHashSet(StringComparer.Ordinal), "the lists", field);
    }

    private Study Describe(JsonFile json, JsonItem entry, string id, string file, string field)
    {
        string[] findings = [.. json.Items(entry, "syms").Select(json.Text)];
        JsonItem[] boxes = [.. json.Items(entry, "boxes")];
        if (findings.Length != boxes.Length)
            throw MeshException.Invalid(field,
                $"{json.Describe(entry)} has {findings.Length} 'syms' and {boxes.Length} 'boxes'; each finding needs its box");
        const double side = PixelBoxParser.Side;
        StudyBox[] marks = [.. findings.Zip(boxes, (f, b) => PixelBoxParser.FromCorners(LabelNormaliser.Normalise(f), json.Numbers(b),
            (side, side), json.Describe(b), field))];
        var (patient, whose) = PatientFileName.Parse(file);
        return new Study
        {
            Id = id,
            Source = Name,
            Patient = patient,
            PatientSource = whose,
            Labels = [.. marks.Select(b => b.Finding).Distinct().Order(StringComparer.Ordinal)],
            Boxes = marks,
            ImageFile = file,
        };
    }

    private static bool IsSame(Study one, Study other) => one.Split == other.Split && one.Boxes.SequenceEqual(other.Boxes);
}
