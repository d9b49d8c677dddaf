using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Places;

/// <summary>The file or folder that a name of a request stands for. Whether anything exists there is the reader's to find out.</summary>
/// <param name="Path">Full path on this machine.</param>
/// <param name="Root">What it may not leave; null for a path that the user of this machine gave.</param>
public sealed record DataPlace(string Path, NamedFolder? Root)
{
    /// <summary>What may be read of it.</summary>
    public DataBoundary Boundary => CreateBoundary(this);

    /// <summary>What may be read of several places of one request.</summary>
    public static DataBoundary CreateBoundary(params IEnumerable<DataPlace> places)
    {
        var roots = places.Select(p => p.Root).ToList();
        return roots.Contains(null) ? DataBoundary.Open : new DataBoundary(roots.OfType<NamedFolder>());
    }

    /// <summary>Checks that it is a folder.</summary>
    /// <returns>Itself.</returns>
    /// <exception cref="MeshException">INVALID_FIELD: there is none.</exception>
    public DataPlace RequireFolder(string field) => Directory.Exists(Path) ? this
        : throw MeshException.Invalid(field, $"folder '{Boundary.Describe(Path)}' does not exist on this machine");

    /// <summary>Checks that it is a file.</summary>
    /// <returns>Itself.</returns>
    /// <exception cref="MeshException">INVALID_FIELD: there is none.</exception>
    public DataPlace RequireFile(string field) => File.Exists(Path) ? this
        : throw MeshException.Invalid(field, $"file '{Boundary.Describe(Path)}' does not exist on this machine");
}
