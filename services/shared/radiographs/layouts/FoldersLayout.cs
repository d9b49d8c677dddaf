using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary><c>folders</c>: one folder for each class, whose name is the label. For radiographs of any origin.</summary>
internal sealed class FoldersLayout : IDataLayout
{
    public string Name => DataLayoutNames.Folders;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var at = $"{field}.name";
        var studies = new List<Study>();
        foreach (var picture in PictureFolder.Read(source, at, cancellation))
        {
            var slash = picture.Id.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0)
                throw MeshException.Invalid(at,
                    $"image '{EchoedText.Shorten(picture.Id)}' must be in a class folder: '{source.Describe(source.Folder)}' needs one "
                        + "folder for each class, with its images inside");
            studies.Add(picture with { Labels = [LabelNormaliser.Normalise(picture.Id[..slash])] });
        }

        return new StudySet(studies, []);
    }
}
