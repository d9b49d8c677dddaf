using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>rsna</c>: RSNA pneumonia detection (2018). The table has <c>patientId,x,y,width,height,Target</c>, a row a box in pixels of
/// 1024 × 1024; images are found by the id. An image with target 0 shows no pneumonia and has no label.
/// </summary>
internal sealed class RsnaLayout : IDataLayout
{
    public string Name => DataLayoutNames.Rsna;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = ImageFiles.FindBelow(source.Folder, source.Boundary, $"{field}.name");
        var table = CsvTable.Open(source.Labels ?? source.Boxes, source.Boundary, $"{field}.labels");
        table.RequireColumns("patientId", "x", "y", "width", "height", "Target");
        var rows = table.Rows.ToLookup(r => r["patientId"], StringComparer.Ordinal);
        var studies = new List<Study>();
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var patient = Path.GetFileNameWithoutExtension(file);
            if (!rows.Contains(patient))
                continue;
            StudyBox[] boxes = [.. rows[patient].Where(r => r["Target"] == "1")
                .Select(r => PixelBoxParser.Parse("pneumonia", [r["x"], r["y"], r["width"], r["height"]], $"{field}.labels", r))];
            studies.Add(new Study
            {
                Id = ImageFiles.RelativePath(source.Folder, file),
                Source = Name,
                Patient = patient,
                Labels = boxes.Length > 0 ? ["pneumonia"] : [],
                Boxes = boxes,
                ImageFile = file,
            });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.labels",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' has a row in "
                    + $"'{table.Name}'");
        return new StudySet(studies, JoinNotes.UnmatchedImages(files.Length, studies.Count, source.Labels ?? source.Boxes!));
    }
}
