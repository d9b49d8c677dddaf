using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Models.Weights;

/// <summary>
/// The weight files of a folder as transformers saves them: <c>model.safetensors</c>, or several and an index that says which tensor is in
/// which.
/// </summary>
public static class SafetensorsFolder
{
    public const string WeightsFile = "model.safetensors", IndexFile = "model.safetensors.index.json";

    /// <summary>The files that must be there; those of the index are added once it is read.</summary>
    /// <returns><see cref="WeightsFile"/> or <see cref="IndexFile"/>; null where the folder has neither.</returns>
    public static string? FindMainFile(string folder) => Array.Find([WeightsFile, IndexFile], f => File.Exists(Path.Combine(folder, f)));

    /// <summary>The full paths of the files, each with the tensors that the index promises of it; no promise without an index.</summary>
    /// <param name="folder">Holds them.</param>
    /// <param name="read">How a file of the folder is read.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key of an index that is wrong.</exception>
    public static IReadOnlyList<(string Path, IReadOnlyList<string> Promised)> FindFiles(string folder, Func<string, byte[]> read)
    {
        if (FindMainFile(folder) is not IndexFile)
            return [(Path.Combine(folder, WeightsFile), [])];
        var map = JsonFileValue.Parse(Path.Combine(folder, IndexFile), read(Path.Combine(folder, IndexFile))).RequireMember("weight_map");
        var files = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (tensor, value) in map.Members)
        {
            var file = value.Text;
            if (file != Path.GetFileName(file) || !file.EndsWith(".safetensors", StringComparison.Ordinal))
                throw value.Fault("must be the name of a .safetensors file beside the index");
            if (!files.TryGetValue(file, out var tensors))
                files[file] = tensors = [];
            tensors.Add(tensor);
        }

        if (files.Count == 0)
            throw map.Fault("names no tensor");
        return [.. files.Select(f => (Path.Combine(folder, f.Key), (IReadOnlyList<string>)f.Value))];
    }

    /// <exception cref="InvalidDataException">A tensor that the index promises of a file is not in it.</exception>
    public static void CheckPromised(string path, IEnumerable<string> promised, SafetensorsHeader header)
    {
        if (promised.FirstOrDefault(t => !header.Tensors.ContainsKey(t)) is { } missing)
            throw new InvalidDataException($"{path}: lacks '{EchoedText.Shorten(missing)}', which {IndexFile} says is in it");
    }
}
