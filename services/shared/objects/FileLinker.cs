using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Objects;

/// <summary>Puts a file at a second place, without using its space twice where the system can do that.</summary>
public static partial class FileLinker
{
    /// <summary>
    /// Makes a hard link to a file; copies it where there can be none: on another file system, or where the user may not link the file.
    /// </summary>
    /// <param name="source">The file; of a symbolic link, the file that it ends at.</param>
    /// <param name="target">The new place; its folder must exist and the file must not.</param>
    /// <returns>True where the two share their bytes on the disk.</returns>
    /// <exception cref="IOException">It can't be copied either.</exception>
    public static bool LinkOrCopy(string source, string target)
    {
        source = File.ResolveLinkTarget(source, returnFinalTarget: true)?.FullName ?? source;
        if (!OperatingSystem.IsWindows() && Link(source, target) == 0)
            return true;
        File.Copy(source, target);
        return false;
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string from, string to);
}
