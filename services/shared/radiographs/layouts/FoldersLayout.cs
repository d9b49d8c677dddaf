using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary><c>folders</c>: one folder for each class, whose name is the label. For radiographs of any origin.</summary>
internal sealed class FoldersLayout : IDataLayout
{
    public string Name => DataLayoutNames.Folders;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var at = $"{field}.name";
        var files = ImageFiles.FindBelow(source.Folder, source.Boundary, at);
        var name = ImageFiles.SourceName(source.Folder);
        var studies = new List<Study>(files.Length);
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = ImageFiles.RelativePath(source.Folder, file);
            var slash = id.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                throw MeshException.Invalid(at,
                    $"image '{EchoedText.Shorten(id)}' must be in a class folder: '{source.Describe(source.Folder)}' needs one folder "
                        + "for each class, with its images inside");
            var (patient, whose) = PatientFileName.Parse(file);
            studies.Add(new Study
            {
                Id = id,
                Source = name,
                Patient = patient,
                PatientSource = whose,
                Labels = [LabelNormaliser.Normalise(id[..slash])],
                ImageFile = file,
            });
        }

        return new StudySet(studies, []);
    }
}
