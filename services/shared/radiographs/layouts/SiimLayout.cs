using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>siim</c>: SIIM-ACR pneumothorax (2019). The table has <c>ImageId</c> and <c>EncodedPixels</c>, a row a mask, -1 for none; images
/// are found by the id, anywhere below the folder. An image whose rows are all -1 shows no pneumothorax and has no label.
/// </summary>
internal sealed class SiimLayout : IDataLayout
{
    private const string None = "-1";

    public string Name => DataLayoutNames.Siim;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = ImageFiles.FindBelow(source.Folder, source.Boundary, $"{field}.name");
        var table = CsvTable.Open(source.Labels, source.Boundary, $"{field}.labels");
        table.RequireColumns("ImageId", "EncodedPixels");
        var runs = table.Rows.GroupBy(r => r["ImageId"], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Select(r => r["EncodedPixels"]).Where(p => p != None).ToList(), StringComparer.Ordinal);
        var studies = new List<Study>();
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!runs.TryGetValue(Path.GetFileNameWithoutExtension(file), out var marked))
                continue;
            for (var i = 0; i < marked.Count; i++)
                RunLengthMask.Check(marked[i], $"{field}.labels: {Path.GetFileName(file)}");
            studies.Add(new Study
            {
                Id = ImageFiles.RelativePath(source.Folder, file),
                Source = Name,
                Labels = marked.Count > 0 ? ["pneumothorax"] : [],
                MaskRuns = marked,
                ImageFile = file,
            });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' has a row in "
                    + $"'{table.Name}'");
        return new StudySet(studies, JoinNotes.UnmatchedImages(files.Length, studies.Count, source.Labels!));
    }
}
