using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary><c>folders</c>: a folder a class, whose name is the label. Takes any radiographs.</summary>
internal sealed class FoldersLayout : IDataLayout
{
    public string Name => DataLayoutNames.Folders;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var at = $"{field}.name";
        var files = ImageFiles.FindBelow(source.Folder, at);
        var name = ImageFiles.SourceName(source.Folder);
        var studies = new List<Study>(files.Length);
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = ImageFiles.RelativePath(source.Folder, file);
            var slash = id.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                throw MeshException.Invalid(at,
                    $"'{id}' lies in no class folder: '{source.Folder}' is to hold a folder a class, pictures in them");
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
