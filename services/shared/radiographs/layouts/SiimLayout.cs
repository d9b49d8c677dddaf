using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>siim</c>: SIIM-ACR pneumothorax (2019). The table has <c>ImageId</c> and <c>EncodedPixels</c>, a row a mask, -1 for none; images
/// are found by the id, anywhere below the folder. An image whose rows are all -1 shows no pneumothorax and has no label. The patient is
/// that of the DICOM.
/// </summary>
internal sealed class SiimLayout : IDataLayout
{
    private const string Key = "ImageId", Runs = "EncodedPixels", None = "-1", Pneumothorax = "pneumothorax";

    public string Name => DataLayoutNames.Siim;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var table = files.OpenTable(source.Labels, n => n.Contains("rle", StringComparison.Ordinal)
            && n.EndsWith(".csv", StringComparison.Ordinal), "train-rle.csv", $"{field}.labels");
        table.RequireColumns(Key, Runs);
        var rows = table.GroupRows(Key);
        var left = new LeftOutCounter("images");
        var named = new HashSet<string>(StringComparer.Ordinal);
        var studies = new List<Study>();
        foreach (var file in files.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            var (id, stem) = (files.RelativePath(file), ImageFiles.Stem(file));
            if (!rows.TryGetValue(stem, out var about))
            {
                left.Add($"have no row in {Path.GetFileName(table.Name)}", id);
                continue;
            }

            if (!named.Add(stem))
                throw table.Refuse(about[0], Key, "two images in the folder have this name");
            var marked = about.Where(r => r[Runs] != None).Select(r => r[Runs]).ToList();
            if (marked.Count > 0 && marked.Count < about.Count)
                throw table.Refuse(about.First(r => r[Runs] == None), Runs, "says that nothing is marked, and another row marks something");
            for (var i = 0; i < marked.Count; i++)
                RunLengthMask.Check(marked[i], $"{field}.labels: {Path.GetFileName(file)}");
            studies.Add(new Study
            {
                Id = id,
                Source = Name,
                Patient = ReadPatient(file, source.Boundary, $"{field}.name"),
                Split = SplitName.Find(id) ?? SplitName.Find(Path.GetFileName(table.Name)),
                Labels = marked.Count > 0 ? [Pneumothorax] : [],
                Negative = marked.Count > 0 ? [] : [Pneumothorax],
                MaskRuns = marked,
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

    /// <summary>Empty for a file that has no patient, or can't be read: the check of the images names the latter.</summary>
    private static string ReadPatient(string file, DataBoundary boundary, string field)
    {
        if (Path.GetExtension(file).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg")
            return "";
        try
        {
            using var stream = boundary.OpenRead(file, field);
            return ImageFacts.Read(stream, field).Patient;
        }
        catch (MeshException)
        {
            return "";
        }
    }
}
