using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion.Importing;

/// <summary>Which files of a diffusers folder are part of the model that the engine runs.</summary>
internal sealed class ImportedFileSelector
{
    // A second text encoder is taken along so that the engine refuses it by name.
    private static readonly string[] _parts =
    [
        "text_encoder", "text_encoder_2", "unet", "transformer", "vae_decoder", "vae_encoder", "tokenizer", "scheduler",
        "memory", // the index of training images of a generator that was trained here
    ];

    private static readonly string[] _foreignEnds =
        [".safetensors", ".pt", ".pth", ".ckpt", ".msgpack", ".h5", ".gguf", ".xml", ".engine", ".py", ".md"];

    private static readonly string[] _foreignStarts = ["pytorch_model", "diffusion_pytorch_model", "flax_model", "openvino_model"];

    /// <summary>Sorts the files of a folder.</summary>
    /// <exception cref="InvalidDataException">Something in it is no file.</exception>
    public ImportedFileSelector(string folder)
    {
        var (taken, leftOut) = (new List<string>(), new List<string>());
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            if (!RegularFileProbe.IsRegular(entry.FullName) && entry is FileInfo)
                throw new InvalidDataException($"{entry.FullName}: is a pipe or a device. A model has files alone.");
            if (entry is FileInfo)
                (IsTopFile(entry.Name) ? taken : leftOut).Add(entry.Name);
            else if (!_parts.Contains(entry.Name))
                leftOut.Add(entry.Name + "/");
            else
            {
                foreach (var file in Directory.EnumerateFiles(entry.FullName, "*", SearchOption.AllDirectories))
                {
                    var name = Path.GetRelativePath(folder, file);
                    if (!RegularFileProbe.IsRegular(file))
                        throw new InvalidDataException($"{file}: is a pipe or a device. A model has files alone.");
                    (IsOfPart(name) ? taken : leftOut).Add(name.Replace('\\', '/'));
                }
            }
        }
        taken.Remove(ModelFolder.CardFile); // it is written anew
        Taken = [.. taken.Order(StringComparer.Ordinal)];
        LeftOut = [.. leftOut.Order(StringComparer.Ordinal)];
    }

    /// <summary>Paths relative to the folder, in ordinal order.</summary>
    public IReadOnlyList<string> Taken { get; }

    /// <summary>Files and folders (with a slash at the end) that are no part of the model, in ordinal order.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    private static bool IsTopFile(string name) =>
        name is ModelFolder.CardFile or "model_index.json" or ModelReadme.FileName
            || name.StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("LICENCE", StringComparison.OrdinalIgnoreCase);

    // Weights outside a graph may have any name, so everything stays that is not known to be of another program.
    private static bool IsOfPart(string path)
    {
        var name = Path.GetFileName(path);
        return !path.Split('/', '\\').Any(part => part.StartsWith('.'))
            && !_foreignEnds.Any(end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            && !_foreignStarts.Any(start => name.StartsWith(start, StringComparison.Ordinal))
            && (name == "model.onnx" || !name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase));
    }
}
