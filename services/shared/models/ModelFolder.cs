using SynCxr.Mesh.Digests;

namespace SynCxr.Mesh.Models;

/// <summary>A folder with a model: its card and the digest of everything in it.</summary>
public sealed class ModelFolder
{
    /// <summary>The card's file name.</summary>
    public const string CardFile = "model.yaml";

    /// <summary>
    /// SHA-256 and name of every file that counts, as <c>sha256sum</c> writes and checks them. A foreign model may lack it.
    /// </summary>
    public const string SumsFile = "SHA256SUMS";

    private ModelFolder(string path, ModelCard card, string digest, bool hasSums) =>
        (Path, Card, Digest, HasSums) = (path, card, digest, hasSums);

    /// <summary>Absolute.</summary>
    public string Path { get; }

    public ModelCard Card { get; }

    /// <summary>SHA-256 over the names and contents of its files, lower-case hex.</summary>
    public string Digest { get; }

    /// <summary>True if every file was held against <see cref="SumsFile"/>.</summary>
    public bool HasSums { get; }

    /// <summary>Why a path can't be that of a model folder, as the end of a sentence; null where it can.</summary>
    public static string? FindProblem(string path) =>
        File.Exists(System.IO.Path.Combine(path, CardFile)) ? null
        : Directory.Exists(path) ? $"has no {CardFile}"
        : File.Exists(path) ? "is a file" : "does not exist";

    /// <summary>Opens and checks a folder.</summary>
    /// <param name="path">Absolute, or relative to the working directory.</param>
    /// <exception cref="InvalidDataException">Names the folder, file or key that is wrong.</exception>
    public static ModelFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var card = System.IO.Path.Combine(path, CardFile);
        if (FindProblem(path) is { } problem)
            throw new InvalidDataException($"'{path}' must be a model folder, but {problem}.");
        var files = Files(path);
        var hasSums = File.Exists(System.IO.Path.Combine(path, SumsFile));
        if (hasSums)
            Check(path, files);
        return new ModelFolder(path, ModelCardFile.Read(card), DigestOf(files), hasSums);
    }

    /// <summary>Writes <see cref="SumsFile"/> for the folder as it is: the last step of making a model.</summary>
    /// <returns>The folder's digest.</returns>
    public static string WriteSums(string path)
    {
        var files = Files(path);
        File.WriteAllText(System.IO.Path.Combine(path, SumsFile), string.Concat(files.Select(f => $"{f.Sum}  {f.Name}\n")));
        return DigestOf(files);
    }

    /// <summary>
    /// The digest that a folder has if it is as its <see cref="SumsFile"/> says, which opening it checks; null where there is no such file.
    /// Reads no other file, however large the model is.
    /// </summary>
    public static string? DigestOfSums(string path)
    {
        var sums = System.IO.Path.Combine(path, SumsFile);
        return File.Exists(sums)
            ? DigestOf(ReadSums(sums).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => (f.Key, f.Value))) : null;
    }

    /// <summary>
    /// SHA-256 over a line <c>{relative path}\0{SHA-256}\n</c> a file, in ordinal order of the paths (with <c>/</c>). README.md,
    /// report.json and images at the top are for people and stay out of it, as do files whose names start with a dot.
    /// </summary>
    public static string DigestOf(string path) => DigestOf(Files(path));

    /// <summary>The path of a file in the folder.</summary>
    /// <exception cref="InvalidDataException">It is not there.</exception>
    public string FileOf(string name)
    {
        var file = System.IO.Path.Combine(Path, name);
        return File.Exists(file) ? file : throw new InvalidDataException($"{file}: is missing");
    }

    private static string DigestOf(IEnumerable<(string Name, string Sum)> files) =>
        Sha256Digest.HexOf(string.Concat(files.Select(f => $"{f.Name}\0{f.Sum}\n")));

    private static (string Name, string Sum)[] Files(string path) =>
    [
        .. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(file => (Name: System.IO.Path.GetRelativePath(path, file).Replace('\\', '/'), File: file))
            .Where(f => !IsForPeople(f.Name) && !System.IO.Path.GetFileName(f.File).StartsWith('.'))
            .OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => (f.Name, Sha256Digest.HexOfFile(f.File))),
    ];

    private static bool IsForPeople(string name) =>
        name is "README.md" or "report.json" or SumsFile
            || (!name.Contains('/', StringComparison.Ordinal) && name.EndsWith(".png", StringComparison.Ordinal));

    private static void Check(string path, (string Name, string Sum)[] files)
    {
        var listed = ReadSums(System.IO.Path.Combine(path, SumsFile));
        foreach (var (name, sum) in files)
        {
            if (!listed.Remove(name, out var wanted))
                throw new InvalidDataException($"{path}/{name}: is not listed in {SumsFile}");
            if (wanted != sum)
                throw new InvalidDataException($"{path}/{name}: has another SHA-256 than {SumsFile} says");
        }

        if (listed.Keys.FirstOrDefault() is { } missing)
            throw new InvalidDataException($"{path}/{missing}: is missing, {SumsFile} lists it");
    }

    private static Dictionary<string, string> ReadSums(string file) =>
        File.ReadLines(file).Select(l => l.Split("  ", 2)).Where(c => c.Length == 2)
            .ToDictionary(c => c[1], c => c[0], StringComparer.Ordinal);
}
