namespace SynCxr.Mesh.Objects;

/// <summary>A folder that is made beside its final place and appears there whole, or not at all.</summary>
public sealed class StagedFolder : IDisposable
{
    private readonly string _root;
    private readonly string _target;

    /// <param name="root">Where the folder is to appear; it exists.</param>
    /// <param name="name">Its name there.</param>
    /// <exception cref="IOException">The name is in use.</exception>
    public StagedFolder(string root, string name)
    {
        (_root, _target) = (root, System.IO.Path.Combine(root, name));
        if (System.IO.Path.Exists(_target))
            throw new IOException($"'{_target}' exists. Give another --name.");
        Path = System.IO.Path.Combine(root, $".{name}.part");
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true); // of a process that was killed
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where it lies until it is committed.</summary>
    public string Path { get; }

    /// <summary>Takes files of a folder over, by hard links where the file system can make them.</summary>
    /// <param name="files">Paths relative to the folder.</param>
    /// <returns>Bytes of the files, and how many of them share their bytes on the disk.</returns>
    public (long Bytes, int Linked) TakeOver(string source, IEnumerable<string> files, CancellationToken cancellation)
    {
        var (bytes, linked) = (0L, 0);
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            var target = System.IO.Path.Combine(Path, file);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            linked += FileLinker.LinkOrCopy(System.IO.Path.Combine(source, file), target) ? 1 : 0;
            bytes += new FileInfo(target).Length;
        }
        return (bytes, linked);
    }

    /// <summary>Puts the folder at its place, for good.</summary>
    /// <returns>Its path.</returns>
    public string Commit()
    {
        Directory.Move(Path, _target);
        DirectorySync.Flush(_root);
        return _target;
    }

    /// <summary>Deletes what was not committed.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
