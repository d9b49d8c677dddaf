using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs;

/// <summary>Finds the files of a source within its boundary; <see cref="DataBoundary.OpenRead"/> opens them.</summary>
internal static class DataFiles
{
    /// <summary>Every file below a folder, at any depth, in ordinal order of the paths.</summary>
    /// <param name="field">The request's field that names the folder.</param>
    /// <exception cref="MeshException">INVALID_FIELD: a symbolic link leads out of the data root, or to a folder that holds it.</exception>
    public static IEnumerable<string> FindBelow(string folder, DataBoundary boundary, string field) =>
        Walk(folder, boundary, field).Order(StringComparer.Ordinal);

    /// <summary>The folders in a folder, in ordinal order of the paths.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a symbolic link leads out of the data root.</exception>
    public static IEnumerable<string> FindFolders(string folder, DataBoundary boundary, string field)
    {
        var folders = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).ToList();
        folders.ForEach(f => ThrowIfOutside(f, boundary, field));
        return folders;
    }

    /// <summary>Whether there is a file that may be read; one outside of the boundary is as if it did not exist.</summary>
    public static bool Exists(string file, DataBoundary boundary) => boundary.Allows(file) && File.Exists(file);

    /// <summary>Whether there is a folder that may be read; one outside of the boundary is as if it did not exist.</summary>
    public static bool FolderExists(string folder, DataBoundary boundary) => boundary.Allows(folder) && Directory.Exists(folder);

    private static IEnumerable<string> Walk(string folder, DataBoundary boundary, string field)
    {
        var linked = new HashSet<string>(StringComparer.Ordinal); // links may go in a circle by way of one another
        var left = new Stack<DirectoryInfo>([new DirectoryInfo(folder)]);
        while (left.TryPop(out var at))
        {
            foreach (var entry in at.EnumerateFileSystemInfos())
            {
                var isLink = entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
                if (isLink)
                    ThrowIfOutside(entry.FullName, boundary, field);
                if (!Directory.Exists(entry.FullName))
                    yield return entry.FullName;
                else if (!isLink)
                    left.Push(new DirectoryInfo(entry.FullName));
                else if (LinkResolver.Follow(entry.FullName) is { } real && linked.Add(real))
                {
                    ThrowIfCircle(entry.FullName, real, boundary, field);
                    left.Push(new DirectoryInfo(entry.FullName));
                }
            }
        }
    }

    /// <summary>Every file of such a folder would be read twice and more, those of one class as another's.</summary>
    private static void ThrowIfCircle(string link, string real, DataBoundary boundary, string field)
    {
        if (LinkResolver.Follow(Path.GetDirectoryName(link)!) is { } holder && DataBoundary.IsBelow(holder, real))
            throw MeshException.Invalid(field,
                $"'{boundary.Describe(link)}' is a symbolic link to a folder that holds it; its files would be read twice");
    }

    private static void ThrowIfOutside(string path, DataBoundary boundary, string field)
    {
        if (!boundary.Allows(path))
            throw MeshException.Invalid(field, $"'{boundary.Describe(path)}' is a symbolic link that leads out of the data root");
    }
}
