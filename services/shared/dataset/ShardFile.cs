using System.Formats.Tar;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>The three files of a pair in its shard.</summary>
/// <param name="Png">The image.</param>
/// <param name="Text">FINDINGS and IMPRESSION.</param>
/// <param name="Json">Canonical JSON with everything about the pair that depends neither on the run nor on the PNG encoder.</param>
public sealed record ShardMembers(byte[] Png, byte[] Text, byte[] Json);

/// <summary>Names in and of shards.</summary>
internal static class ShardNaming
{
    public const string Folder = "data";

    /// <summary>Path of a shard in its data set.</summary>
    public static string PathOf(int shard) => FormattableString.Invariant($"{Folder}/shard-{shard:000000}.tar");

    /// <summary>Name of a pair's members without the extension.</summary>
    public static string KeyOf(long index) => FormattableString.Invariant($"{index:000000}");
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
    public long Add(long index, ShardMembers members)
    {
        var offset = _file.Position + BlockSize;
        Add($"{ShardNaming.KeyOf(index)}.png", members.Png);
        Add($"{ShardNaming.KeyOf(index)}.txt", members.Text);
        Add($"{ShardNaming.KeyOf(index)}.json", members.Json);
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
    /// <exception cref="InvalidDataException">The file is not a tar file, or does not hold a pair's three members in their
    /// order.</exception>
    public static IEnumerable<(string Key, ShardMembers Members)> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var tar = new TarReader(file);
        while (Next(tar) is { } png)
        {
            var key = Path.GetFileNameWithoutExtension(png.Name);
            yield return (key, new ShardMembers(
                ReadMember(png, key + ".png"), ReadMember(Next(tar), key + ".txt"), ReadMember(Next(tar), key + ".json")));
        }
    }

    private static TarEntry? Next(TarReader tar)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception error) when (error is FormatException or EndOfStreamException)
        {
            throw new InvalidDataException($"cannot be read as tar: {error.Message}", error);
        }
    }

    private static byte[] ReadMember(TarEntry? entry, string name)
    {
        if (entry is null || entry.Name != name)
            throw new InvalidDataException(
                $"has {(entry is null ? "no more members" : $"the member '{entry.Name}'")} where '{name}' must follow");
        using var bytes = new MemoryStream();
        entry.DataStream?.CopyTo(bytes);
        return bytes.ToArray();
    }
}
