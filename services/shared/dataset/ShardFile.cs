using System.Formats.Tar;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>The four files of a pair in its shard.</summary>
/// <param name="Png">The image.</param>
/// <param name="Impression">The IMPRESSION alone, which fits the 77 tokens of CLIP's text encoder.</param>
/// <param name="Report">FINDINGS and IMPRESSION under their headings.</param>
/// <param name="Json">Canonical JSON with everything about the pair that depends neither on the run nor on the PNG encoder.</param>
public sealed record ShardMembers(byte[] Png, byte[] Impression, byte[] Report, byte[] Json)
{
    internal const string PngExtension = ".png", ImpressionExtension = ".txt", ReportExtension = ".report.txt", JsonExtension = ".json";
}

/// <summary>Writes a shard as WebDataset readers expect it: USTAR, the members of a pair side by side, no times and no owners.</summary>
internal sealed class ShardWriter : IDisposable
{
    private const int BlockSize = 512;
    private readonly FileStream _file;
    private readonly TarWriter _tar;

    public ShardWriter(string path)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        _tar = new TarWriter(_file, TarEntryFormat.Ustar, leaveOpen: true);
    }

    /// <returns>First byte of the PNG in the file.</returns>
    public long Add(string key, ShardMembers members)
    {
        var offset = _file.Position + BlockSize;
        Add(key + ShardMembers.PngExtension, members.Png);
        Add(key + ShardMembers.ImpressionExtension, members.Impression);
        Add(key + ShardMembers.ReportExtension, members.Report);
        Add(key + ShardMembers.JsonExtension, members.Json);
        return offset;
    }

    public void Dispose()
    {
        _tar.Dispose();
        _file.Flush(flushToDisk: true);
        _file.Dispose();
    }

    private void Add(string name, byte[] bytes) => _tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
    {
        ModificationTime = DateTimeOffset.UnixEpoch,
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        DataStream = new MemoryStream(bytes),
    });
}

/// <summary>Reads the members of a shard pair by pair.</summary>
internal static class ShardReader
{
    /// <returns>Of each pair its key, its members, and the first byte of its PNG in the file.</returns>
    /// <exception cref="InvalidDataException">The file is not a tar file, or does not hold a pair's four members in their
    /// order.</exception>
    public static IEnumerable<(string Key, ShardMembers Members, long Offset)> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var tar = new TarReader(file);
        var last = "";
        while (ReadNext(tar, last) is { } first)
        {
            var key = Path.ChangeExtension(first.Name, null);
            var offset = first.DataOffset;
            var png = ReadMember(first, last = key + ShardMembers.PngExtension);
            var impression = ReadMember(ReadNext(tar, last), last = key + ShardMembers.ImpressionExtension);
            var report = ReadMember(ReadNext(tar, last), last = key + ShardMembers.ReportExtension);
            var json = ReadMember(ReadNext(tar, last), last = key + ShardMembers.JsonExtension);
            yield return (key, new ShardMembers(png, impression, report, json), offset);
        }
    }

    private static TarEntry? ReadNext(TarReader tar, string last)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception error) when (IsOfReader(error))
        {
            throw new InvalidDataException(
                last.Length == 0 ? "is not a tar file" : $"cannot be read as a tar file after its member '{last}'", error);
        }
    }

    private static byte[] ReadMember(TarEntry? entry, string name)
    {
        if (entry is null || entry.Name != name)
            throw new InvalidDataException(
                $"has {(entry is null ? "no more members" : $"the member '{EchoedText.Shorten(entry.Name)}'")} where '{name}' must follow");
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            throw new InvalidDataException($"has a member '{name}' that is not a plain file");
        using var bytes = new MemoryStream();
        try
        {
            entry.DataStream?.CopyTo(bytes);
        }
        catch (Exception error) when (IsOfReader(error))
        {
            throw new InvalidDataException($"ends in the middle of its member '{name}'", error);
        }

        return bytes.Length == entry.Length
            ? bytes.ToArray() : throw new InvalidDataException($"ends in the middle of its member '{name}'");
    }

    /// <summary>What the tar reader throws on bytes that are no tar: its words are about its own fields, and are left out.</summary>
    private static bool IsOfReader(Exception error) => error is FormatException or IOException or ArgumentException or OverflowException
        or NotSupportedException or InvalidOperationException or InvalidDataException;
}
