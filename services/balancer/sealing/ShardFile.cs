using System.Formats.Tar;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>A shard as WebDataset reads it: USTAR, the members of a pair adjacent, no times, no owners.</summary>
internal sealed class ShardFile : IDisposable
{
    private const int BlockSize = 512;
    private readonly FileStream _file;
    private readonly TarWriter _tar;

    public ShardFile(string path)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        _tar = new TarWriter(_file, TarEntryFormat.Ustar, leaveOpen: true);
    }

    /// <summary>Path of a shard in its data set.</summary>
    public static string PathOf(int shard) => FormattableString.Invariant($"data/shard-{shard:000000}.tar");

    /// <summary>Name of a pair's members, without the extension.</summary>
    public static string KeyOf(long index) => FormattableString.Invariant($"{index:000000}");

    /// <returns>First byte of the PNG in the file.</returns>
    public long Add(long index, ShardMembers members)
    {
        var offset = _file.Position + BlockSize;
        Add($"{KeyOf(index)}.png", members.Png);
        Add($"{KeyOf(index)}.txt", members.Text);
        Add($"{KeyOf(index)}.json", members.Json);
        return offset;
    }

    /// <summary>The members of every pair, by index.</summary>
    public static IEnumerable<(string Key, ShardMembers Members)> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var tar = new TarReader(file);
        while (tar.GetNextEntry() is { } png)
        {
            var key = Path.GetFileNameWithoutExtension(png.Name);
            yield return (key,
                new ShardMembers(Bytes(png, key + ".png"), Bytes(tar.GetNextEntry(), key + ".txt"),
                    Bytes(tar.GetNextEntry(), key + ".json")));
        }
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

    private static byte[] Bytes(TarEntry? entry, string name)
    {
        if (entry is null || entry.Name != name)
            throw new InvalidDataException($"member {name} wanted, {entry?.Name ?? "the end"} found");
        using var bytes = new MemoryStream();
        entry.DataStream?.CopyTo(bytes);
        return bytes.ToArray();
    }
}
