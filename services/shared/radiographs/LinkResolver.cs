namespace SynCxr.Mesh.Radiographs;

/// <summary>Follows symbolic links as the operating system does.</summary>
public static class LinkResolver
{
    /// <summary>Most links of one path, as Linux has it (MAXSYMLINKS).</summary>
    private const int MaxLinks = 40;

    /// <summary>
    /// The path without a symbolic link in any part of it, whether anything exists there or not; null where its links go in a circle.
    /// </summary>
    /// <param name="path">A full path.</param>
    public static string? Follow(string path)
    {
        var left = new Stack<string>();
        PushParts(left, path);
        var at = "/";
        var links = 0;
        while (left.TryPop(out var part))
        {
            if (part is "" or ".")
                continue;
            if (part == "..")
            {
                at = Path.GetDirectoryName(at) ?? "/";
                continue;
            }

            var next = Path.Combine(at, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }

            if (++links > MaxLinks)
                return null;
            if (Path.IsPathRooted(target))
                at = "/";
            PushParts(left, target);
        }

        return at;
    }

    /// <summary>
    /// The path of a file that is open, without a symbolic link in any part of it; null where its links go in a circle. On Linux the kernel
    /// says it of the file itself; elsewhere it is what the path leads to now.
    /// </summary>
    public static string? FollowOpened(FileStream file) => OperatingSystem.IsLinux()
        ? new FileInfo(FormattableString.Invariant($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}")).LinkTarget
        : Follow(Path.GetFullPath(file.Name));

    private static void PushParts(Stack<string> left, string path)
    {
        foreach (var part in path.Split('/').Reverse())
            left.Push(part);
    }
}
