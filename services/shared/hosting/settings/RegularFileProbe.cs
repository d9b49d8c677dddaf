using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>
/// Tells a file that has an end from a pipe or a device: to open a pipe waits for whoever writes to it, and a device may never end. .NET
/// doesn't tell them apart before it opens them.
/// </summary>
public static partial class RegularFileProbe
{
    // statx(2): its structure is the same on every processor.
    private const int WorkingFolder = -100, FollowLinks = 0, TypeOnly = 1, BufferBytes = 256, ModeOffset = 28, TypeBits = 0xF000,
        Regular = 0x8000;

    /// <summary>False for a pipe, a socket or a device; true for a file, and for what does not exist or can't be looked at.</summary>
    public static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        var buffer = new byte[BufferBytes];
        if (StatX(WorkingFolder, path, FollowLinks, TypeOnly, buffer) != 0)
            return true;
        var mode = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(ModeOffset))
            : BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(ModeOffset));
        return (mode & TypeBits) == Regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatX(int folder, string path, int flags, uint mask, [Out] byte[] buffer);
}
