using System.Text;
using SynCxr.Mesh.Storage.Json;

namespace SynCxr.Mesh.Storage.Models;

/// <summary>A folder with a model: its card and the digest of everything in it.</summary>
public sealed class ModelFolder
{
    /// <summary>The card's file name.</summary>
    public const string CardFile = "model.yaml";

    private ModelFolder(string path, ModelCard card, string digest) => (Path, Card, Digest) = (path, card, digest);

    /// <summary>Absolute.</summary>
    public string Path { get; }

    public ModelCard Card { get; }

    /// <summary>SHA-256 over the names and contents of its files, lower-case hex.</summary>
    public string Digest { get; }

    /// <summary>Opens and checks a folder.</summary>
    /// <param name="path">Absolute, or relative to the working directory.</param>
    /// <exception cref="InvalidDataException">Names the folder, file or key that is wrong.</exception>
    public static ModelFolder Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var card = System.IO.Path.Combine(path, CardFile);
        if (!File.Exists(card))
            throw new InvalidDataException($"{path}: is no model folder, it has no {CardFile}");
        return new ModelFolder(path, ModelCardYaml.Read(card), DigestOf(path));
    }

    /// <summary>
    /// SHA-256 over a line <c>{relative path}\0{SHA-256}\n</c> a file, in ordinal order of the paths (with <c>/</c>). README.md and
    /// contact-sheet.png at the top are for people and stay out of it, as do files whose names start with a dot.
    /// </summary>
    public static string DigestOf(string path)
    {
        var lines = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(file => (Name: System.IO.Path.GetRelativePath(path, file).Replace('\\', '/'), File: file))
            .Where(f => f.Name is not ("README.md" or "contact-sheet.png") && !System.IO.Path.GetFileName(f.File).StartsWith('.'))
            .OrderBy(f => f.Name, StringComparer.Ordinal);
        var text = new StringBuilder();
        foreach (var (name, file) in lines)
            text.Append(name).Append('\0').Append(Digests.Sha256OfFile(file)).Append('\n');
        return Digests.Sha256Hex(text.ToString());
    }

    /// <summary>The path of a file in the folder.</summary>
    /// <exception cref="InvalidDataException">It is not there.</exception>
    public string FileOf(string name)
    {
        var file = System.IO.Path.Combine(Path, name);
        return File.Exists(file) ? file : throw new InvalidDataException($"{file}: is missing");
    }
}
