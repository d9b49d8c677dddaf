namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>
/// Finds out whether a folder can be made and written to: permissions, quotas and read-only mounts are only known by writing.
/// </summary>
public static class WritableFolderProbe
{
    /// <summary>EROFS and ENOSPC of Linux, which .NET gives as the HResult.</summary>
    private const int ReadOnlyFileSystem = 30, NoSpaceLeft = 28;

    /// <summary>Makes and deletes a file in the folder, or in the nearest one above it that exists.</summary>
    /// <param name="path">A path of a folder or file that is to be written, relative to the working directory or absolute.</param>
    /// <returns>The problem as a sentence without its full stop; null where there is none.</returns>
    public static string? FindProblem(string path)
    {
        var target = Path.GetFullPath(path);
        var folder = target;
        while (!Directory.Exists(folder))
        {
            if (File.Exists(folder))
                return $"'{target}' can't be made: '{folder}' is a file";
            if (Path.GetDirectoryName(folder) is not { } above)
                return $"'{target}' can't be made: none of the folders above it exists";
            folder = above;
        }

        try
        {
            var name = Path.Combine(folder, $".syncxr-{Guid.NewGuid():N}");
            using var probe = new FileStream(
                name, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"'{target}' can't be written, since of '{folder}' the system says: {DescribeCause(error)}";
        }
    }

    /// <summary>What the system says of a file or folder, in words for people and without a full stop.</summary>
    public static string DescribeCause(Exception error) => error switch
    {
        UnauthorizedAccessException => "permission denied",
        FileNotFoundException or DirectoryNotFoundException => "no file can be made in it",
        IOException { HResult: ReadOnlyFileSystem } => "it is on a read-only file system",
        IOException { HResult: NoSpaceLeft } => "no space is left on the disk",
        _ => error.Message.TrimEnd('.'),
    };
}
