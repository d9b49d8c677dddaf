using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Radiographs;

/// <summary>A folder that a request may read, and what messages call it.</summary>
/// <param name="Path">Full path on this machine, without a symbolic link in it.</param>
/// <param name="Name">As callers name it: <c>data/nih</c>, <c>datasets/7f</c>.</param>
public sealed record NamedFolder(string Path, string Name);

/// <summary>
/// Which files may be read for a request, and what messages call them. Names are said as the caller knows them: the paths of the machine
/// are nobody's business but its owner's.
/// </summary>
public sealed class DataBoundary
{
    private readonly NamedFolder[] _folders;

    /// <param name="folders">What may be read; nothing else is.</param>
    public DataBoundary(params IEnumerable<NamedFolder> folders) => _folders = [.. folders];

    private DataBoundary()
    {
        _folders = [];
        IsOpen = true;
    }

    /// <summary>Whatever the process may read: for paths that the user of this machine gives.</summary>
    public static DataBoundary Open { get; } = new();

    /// <summary>True where paths are read wherever they are.</summary>
    public bool IsOpen { get; }

    /// <summary>
    /// Whether a file or folder may be read: it is below one of the folders, and no symbolic link leads out of that one. The answer is the
    /// same whether anything exists there or not.
    /// </summary>
    public bool Allows(string path)
    {
        if (IsOpen)
            return true;
        var full = Path.GetFullPath(path);
        return Find(full) is { } folder && LinkResolver.Follow(full) is { } real && IsBelow(real, folder.Path);
    }

    /// <summary>
    /// Opens a file to read. What was opened is checked, and not what its path led to a moment before: a link may be swapped in between.
    /// </summary>
    /// <param name="field">The request's field that names the data.</param>
    /// <exception cref="MeshException">INVALID_FIELD: it is gone, or lies outside; the message is the same for both.</exception>
    public FileStream OpenRead(string path, string field)
    {
        ThrowIfNoFile(path, field);
        if (IsOpen)
            return OpenOwn(path, field);
        var full = Path.GetFullPath(path);
        FileStream? file = null;
        try
        {
            file = File.OpenRead(full);
            if (Find(full) is { } folder && LinkResolver.FollowOpened(file) is { } real && IsBelow(real, folder.Path))
                return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // refused below, as one that lies outside
        }

        file?.Dispose();
        throw MeshException.Invalid(field, $"'{Describe(path)}' can't be read any more: it is gone, or leads out of its data root by a "
            + "symbolic link");
    }

    /// <summary>The bytes of a file, opened as by <see cref="OpenRead"/>.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: it is gone, or lies outside; the message is the same for both.</exception>
    public byte[] ReadAllBytes(string path, string field)
    {
        using var file = OpenRead(path, field);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The lines of a text in UTF-8, opened as by <see cref="OpenRead"/>.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: it is gone, or lies outside; the message is the same for both.</exception>
    public IEnumerable<string> ReadLines(string path, string field)
    {
        using var text = new StreamReader(OpenRead(path, field));
        while (text.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>The path as a message may show it: by the name of its folder, escaped and shortened.</summary>
    public string Describe(string path)
    {
        if (IsOpen)
            return EchoedText.Shorten(path);
        var full = Path.GetFullPath(path);
        return EchoedText.Shorten(
            Find(full) is { } folder ? folder.Name + full[folder.Path.TrimEnd('/').Length..] : Path.GetFileName(full));
    }

    /// <summary>A reader's sentence about a file or folder, with what messages call it in the place of its path.</summary>
    public string DescribeIn(string sentence, string path) =>
        IsOpen ? sentence : sentence.Replace(path, Describe(path), StringComparison.Ordinal);

    /// <summary>Whether a full path is a folder or below it.</summary>
    public static bool IsBelow(string path, string folder) =>
        path == folder || path.StartsWith(folder.TrimEnd('/') + '/', StringComparison.Ordinal);

    /// <summary>A pipe would be waited for without end, and a device read without end.</summary>
    private void ThrowIfNoFile(string path, string field)
    {
        if (!RegularFileProbe.IsRegular(path))
            throw MeshException.Invalid(field, $"'{Describe(path)}' is a pipe or a device; only files are read");
    }

    private FileStream OpenOwn(string path, string field)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw MeshException.Invalid(field, $"'{Describe(path)}' can't be read: "
                + (error is UnauthorizedAccessException ? "permission denied" : "it is gone, or a symbolic link to nothing"));
        }
    }

    private NamedFolder? Find(string path) =>
        _folders.Where(f => IsBelow(path, f.Path)).OrderByDescending(f => f.Path.Length).FirstOrDefault();
}
