using System;
using System.IO;
using System.Text;

namespace SynCxr.Mesh.Torch.Build;

/// <summary>What <see cref="WeakSymbolVersion.Apply"/> found.</summary>
public enum WeakSymbolOutcome
{
    /// <summary>The file asks for no such symbol version: untouched.</summary>
    Absent,

    /// <summary>The entry carries the weak flag already: untouched.</summary>
    AlreadyWeak,

    /// <summary>The flag was set, on a file of its own.</summary>
    Patched,
}

/// <summary>
/// Sets the weak flag (VER_FLG_WEAK) on one entry of an ELF file's <c>.gnu.version_r</c> section, so that the loader warns instead of
/// refusing where the C++ runtime is older. TorchSharp's native half wants GLIBCXX_3.4.32 for one symbol that it never calls; Debian 12 has
/// 3.4.30 at most. This file is compiled twice: into the build task, and into its test.
/// </summary>
public static class WeakSymbolVersion
{
    private const uint SectionOfNeededVersions = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>
    /// Patches <paramref name="path"/> if need be. The file may be a hard link into the package cache, so the new bytes go to a temporary
    /// file beside it that then takes its name: the other link never changes.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is not a 64-bit little-endian ELF file, or was cut off.</exception>
    public static WeakSymbolOutcome Apply(string path, string version)
    {
        var bytes = File.ReadAllBytes(path);
        var flags = FlagsOffset(bytes, version);
        if (flags < 0)
            return WeakSymbolOutcome.Absent;
        if ((BitConverter.ToUInt16(bytes, flags) & Weak) != 0)
            return WeakSymbolOutcome.AlreadyWeak;

        bytes[flags] |= (byte)Weak;
        var temporary = path + ".weak";
        File.Copy(path, temporary, true); // carries the mode bits over
        File.WriteAllBytes(temporary, bytes);
        File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(path)); // same size and time: the next build copies nothing
        File.Delete(path);
        File.Move(temporary, path);
        return WeakSymbolOutcome.Patched;
    }

    /// <summary>Where the 16-bit flags of the entry stand, or -1.</summary>
    private static int FlagsOffset(byte[] elf, string version)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1)
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        var sections = checked((int)BitConverter.ToUInt64(elf, 40));
        int size = BitConverter.ToUInt16(elf, 58), count = BitConverter.ToUInt16(elf, 60);
        for (var i = 0; i < count; i++)
        {
            var header = sections + i * size;
            if (Read32(elf, header + 4) != SectionOfNeededVersions)
                continue;
            var linked = sections + checked((int)Read32(elf, header + 40)) * size;
            var found = Search(elf, Offset(elf, header), (int)Read32(elf, header + 44), Offset(elf, linked), version);
            if (found >= 0)
                return found;
        }

        return -1;
    }

    private static int Search(byte[] elf, int need, int files, int strings, string version)
    {
        for (var f = 0; f < files; f++)
        {
            var entry = need + (int)Read32(elf, need + 8);
            for (var e = 0; e < BitConverter.ToUInt16(elf, need + 2); e++)
            {
                if (Name(elf, strings + (int)Read32(elf, entry + 8)) == version)
                    return entry + 4;
                entry += (int)Read32(elf, entry + 12);
            }

            need += (int)Read32(elf, need + 12);
        }

        return -1;
    }

    private static int Offset(byte[] elf, int header) => checked((int)BitConverter.ToUInt64(elf, Bounded(elf, header + 24, 8)));

    private static uint Read32(byte[] elf, int at) => BitConverter.ToUInt32(elf, Bounded(elf, at, 4));

    private static int Bounded(byte[] elf, int at, int length) =>
        at >= 0 && at <= elf.Length - length ? at : throw new InvalidDataException("the ELF file is cut off");

    private static string Name(byte[] elf, int at)
    {
        var end = Array.IndexOf(elf, (byte)0, Bounded(elf, at, 1));
        return Encoding.ASCII.GetString(elf, at, end - at);
    }
}

#if !BUILD_TASK_LIBRARY
/// <summary>The build task: every file of a list.</summary>
public class WeakenSymbolVersion : Microsoft.Build.Utilities.Task
{
    /// <summary>The shared objects to look at.</summary>
    [Microsoft.Build.Framework.Required]
    public Microsoft.Build.Framework.ITaskItem[] Files { get; set; }

    /// <summary>The symbol version, <c>GLIBCXX_3.4.32</c>.</summary>
    [Microsoft.Build.Framework.Required]
    public string Version { get; set; }

    public override bool Execute()
    {
        foreach (var file in Files)
            Log.LogMessage("{0}: {1} {2}", file.ItemSpec, Version, WeakSymbolVersion.Apply(file.ItemSpec, Version));
        return !Log.HasLoggedErrors;
    }
}
#endif
