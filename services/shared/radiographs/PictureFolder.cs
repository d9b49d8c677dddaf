using SynCxr.Mesh.Radiographs.Layouts;

namespace SynCxr.Mesh.Radiographs;

/// <summary>The pictures of a folder of any origin. The patient is known where a file name of a public set tells it.</summary>
public static class PictureFolder
{
    /// <summary>Every picture at any depth, in ordinal order of its path.</summary>
    /// <param name="field">What messages call the folder.</param>
    /// <exception cref="SynCxr.Mesh.Errors.MeshException">INVALID_FIELD: no such folder, or no picture in it.</exception>
    public static IReadOnlyList<Study> Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var name = ImageFiles.SourceName(source.Folder);
        var studies = new List<Study>();
        foreach (var file in ImageFiles.FindBelow(source.Folder, source.Boundary, field))
        {
            cancellation.ThrowIfCancellationRequested();
            var (patient, whose) = PatientFileName.Parse(file);
            studies.Add(new Study
            {
                Id = ImageFiles.RelativePath(source.Folder, file),
                Source = name,
                Patient = patient,
                PatientSource = whose,
                ImageFile = file,
            });
        }

        return studies;
    }
}
