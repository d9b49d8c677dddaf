using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>tbx11k</c>: TBX11K (Liu et al. 2020). <c>annotations/json/TBX11K_*.json</c> in COCO's form name the images and their boxes; whether
/// one without boxes is healthy or sick, only its folder tells. The test images have no published labels and are left out.
/// </summary>
internal sealed class Tbx11kLayout : IDataLayout
{
    private const string Healthy = "health", Sick = "sick", Tuberculous = "tb", Test = "test";

    public string Name => DataLayoutNames.Tbx11k;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var at = $"{field}.labels";
        var files = SourceFiles.Find(source, $"{field}.name");
        var lists = files.FindTables(source.Labels,
            n => n.EndsWith(".json", StringComparison.Ordinal) && n.StartsWith("tbx11k", StringComparison.Ordinal));
        if (lists.Count == 0)
            throw files.Missing("annotations/json/TBX11K_train.json", at);
        var splits = SplitLists.Read(files.Others.Where(f => f.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)), files, source, at);
        var left = new LeftOutCounter("entries");
        var studies = new Dictionary<string, Study>(StringComparer.Ordinal);
        var entries = 0;
        // the narrower part of a split first: that of train and val together repeats their entries
        foreach (var list in lists.Select(l => (File: l, Images: CocoFile.Read(l, source.Boundary, at))).OrderBy(l => l.Images.Count)
            .ThenBy(l => l.File, StringComparer.Ordinal))
        {
            foreach (var image in list.Images)
            {
                cancellation.ThrowIfCancellationRequested();
                entries++;
                if (files.FindImage(image.Name, image.Place, at) is not { } file)
                {
                    left.Add("have no image", image.Place);
                    continue;
                }

                var study = Describe(image, files.RelativePath(file), file, at) with
                {
                    Split = splits.Find(file) ?? SplitName.Find(Path.GetFileName(list.File)),
                };
                if (!studies.TryAdd(file, study) && !studies[file].Boxes.SequenceEqual(study.Boxes))
                    throw MeshException.Invalid(at, $"{image.Place} differs from another entry about the same image");
            }
        }

        var named = studies.Keys.ToHashSet(StringComparer.Ordinal);
        var test = new LeftOutCounter("images");
        foreach (var file in files.Images.Where(f => !named.Contains(f) && Folder(files.RelativePath(f)) == Test))
        {
            test.Add("are test images, whose labels are not published,", files.RelativePath(file));
            named.Add(file);
        }

        return files.Complete([.. studies.Values], [.. left.Count(entries), .. test.Count(files.Images.Count), .. splits.LeftOut], named,
            "the lists", field);
    }

    private Study Describe(CocoImage image, string id, string file, string field)
    {
        var folder = Folder(id);
        StudyBox[] boxes = [.. image.Annotations.Select(a => a.Box)];
        if (boxes.Length > 0 && (folder is Healthy or Sick))
            throw MeshException.Invalid(field,
                $"{image.Place} has boxes of tuberculosis, and lies in the folder '{folder}' of images without it");
        string[] labels = [.. boxes.Select(b => b.Finding).Distinct().Order(StringComparer.Ordinal)];
        return new Study
        {
            Id = id,
            Source = Name,
            Labels = labels.Length == 0 && folder == Tuberculous ? ["tuberculosis"] : labels,
            IsNormal = folder == Healthy,
            Boxes = boxes,
            Facts = new Dictionary<string, string> { ["folder"] = folder },
            ImageFile = file,
        };
    }

    /// <summary>The folder that the image lies in: health, sick, tb or test.</summary>
    private static string Folder(string id) => Path.GetFileName(Path.GetDirectoryName(id)) ?? "";
}
