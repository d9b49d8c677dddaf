using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Report.TextModels;

/// <summary>A text encoder with what is said of it.</summary>
internal sealed record LoadedTextEncoder(TextEncoder Encoder, ModelCard Card, string Digest);

/// <summary>
/// The text encoders below <c>Report:TextModels:Root</c>. The folder is looked through whenever models are listed or a name is looked for;
/// an encoder is loaded when a request first names it, and kept. A damaged one is refused by name, and stops nothing.
/// </summary>
internal sealed class TextEncoderCatalogue(IOptions<TextModelOptions> options) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LoadedTextEncoder> _loaded = new(StringComparer.Ordinal);

    /// <summary>What ONNX Runtime's results hold for.</summary>
    public string Fingerprint { get; } = EngineFingerprint.Describe(options.Value.SessionOptions);

    public bool Deterministic => options.Value.ExecutionProvider == ExecutionProviderNames.Cpu;

    /// <summary>The cards and digests of the encoders, by name.</summary>
    public IEnumerable<(ModelCard Card, string Digest)> List() => Folders()
        .Select(folder => (Card: FindCard(folder), Digest: ModelFolder.DigestOfSums(folder)))
        .Where(entry => entry.Card?.Kind == ModelKindNames.TextEncoder && entry.Digest is not null)
        .Select(entry => (entry.Card!, entry.Digest!));

    /// <summary>The encoder of a name.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there is none of that name, or its files are wrong.</exception>
    public LoadedTextEncoder Load(string name, string field)
    {
        lock (_lock)
        {
            if (_loaded.TryGetValue(name, out var known))
                return known;
            var path = Folders()
                .FirstOrDefault(folder => Path.GetFileName(folder) == name && FindCard(folder)?.Kind == ModelKindNames.TextEncoder)
                ?? throw MeshException.Invalid(field, $"Unknown text encoder '{EchoedText.Shorten(name)}'. This replica has "
                    + $"{string.Join(", ", List().Select(entry => entry.Card.Name).DefaultIfEmpty("none"))}.");
            try
            {
                var folder = ModelFolder.Open(path);
                var encoder = new TextEncoder(path, folder.Card.TextEncoder, options.Value.SessionOptions);
                return _loaded[name] = new LoadedTextEncoder(encoder, folder.Card, folder.Digest);
            }
            catch (InvalidDataException error)
            {
                throw MeshException.Invalid(field, $"The text encoder '{name}' can't be loaded: "
                    + error.Message.Replace(path, name, StringComparison.Ordinal));
            }
        }
    }

    public void Dispose()
    {
        foreach (var loaded in _loaded.Values)
            loaded.Encoder.Dispose();
    }

    private IEnumerable<string> Folders()
    {
        var root = options.Value.Root.Length == 0 ? "" : Path.Combine(AppContext.BaseDirectory, options.Value.Root);
        return Directory.Exists(root) ? Directory.EnumerateDirectories(root).Where(folder => ModelFolder.FindProblem(folder) is null)
            .Order(StringComparer.Ordinal) : [];
    }

    private static ModelCard? FindCard(string folder)
    {
        try
        {
            return ModelCardFile.Read(Path.Combine(folder, ModelFolder.CardFile));
        }
        catch (InvalidDataException)
        {
            return null; // of another service, or damaged: whoever names it hears of it
        }
    }
}
