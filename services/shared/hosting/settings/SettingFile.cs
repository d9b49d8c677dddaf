namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>Reads the files that settings and options name: tokens and certificates.</summary>
public static class SettingFile
{
    /// <summary>Most bytes of such a file.</summary>
    public const int MaxBytes = 1 << 20;

    /// <exception cref="IOException">It does not exist, is a folder, a pipe or a device, or is larger.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        if (Directory.Exists(path))
            throw new IOException($"'{path}' is a folder");
        if (!File.Exists(path))
            throw new IOException($"'{path}' does not exist");
        if (!RegularFileProbe.IsRegular(path))
            throw new IOException($"'{path}' is a pipe or a device");
        var length = new FileInfo(path) is { LinkTarget: not null } link
            ? ((FileInfo?)link.ResolveLinkTarget(returnFinalTarget: true))?.Length ?? 0 : new FileInfo(path).Length;
        return length <= MaxBytes ? File.ReadAllBytes(path)
            : throw new IOException($"'{path}' has {length} bytes; {MaxBytes} are the limit");
    }
}
