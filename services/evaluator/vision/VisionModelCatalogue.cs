using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Torch.Contrastive;

namespace SynCxr.Mesh.Evaluator.Vision;

/// <summary>
/// Finds the vision–language models that can be measured: those of the settings, those that a trainer made for the caller's
/// tenant, and the shipped ones; and, where paths are taken, any folder by its path.
/// </summary>
internal sealed class VisionModelCatalogue(IOptions<EvaluatorOptions> options, DataPlaceResolver places)
{
    private const string Engine = "torchsharp", Prefix = "models/";

    /// <summary>Every model that can be found by name, in the order of the names.</summary>
    public IReadOnlyList<ModelFolder> All() =>
    [
        .. Folders().Where(IsModel).Select(ModelFolder.Open).Where(m => m.Card.Kind == ModelKindNames.VisionLanguage)
            .DistinctBy(m => m.Card.Name)
            .OrderBy(m => m.Card.Name, StringComparer.Ordinal),
    ];

    /// <exception cref="MeshException">INVALID_FIELD: no such model, one of another kind, or a folder whose files were changed.</exception>
    public ModelFolder Find(string name, string field)
    {
        if (name.Length == 0)
            throw MeshException.Invalid(field, "is missing");
        var folder = FindFolder(name, field) ?? throw MeshException.Invalid(field,
            $"there is no model '{EchoedText.Shorten(name)}'; the models are "
                + $"{string.Join(", ", All().Select(m => m.Card.Name).DefaultIfEmpty("(none)"))}");
        try
        {
            var model = ModelFolder.Open(folder);
            return model.Card.Kind == ModelKindNames.VisionLanguage
                ? model
                : throw MeshException.Invalid(field,
                    $"model '{EchoedText.Shorten(name)}' must be of kind {ModelKindNames.VisionLanguage} for this task");
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid(field, error.Message.Replace(folder, EchoedText.Shorten(name), StringComparison.Ordinal));
        }
    }

    /// <summary>Loads the networks. The caller disposes of them.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: weights of another shape, or a tokenizer that does not go with them.</exception>
    public static VisionLanguageModel Load(ModelFolder folder, string field)
    {
        try
        {
            return VisionLanguageModel.Open(folder.Path);
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid(field, error.Message.Replace(folder.Path, Prefix + folder.Card.Name, StringComparison.Ordinal));
        }
    }

    public static Producer ToProducer(ModelFolder model) => new()
    {
        Model = model.Card.Name,
        Version = model.Card.Version,
        Digest = model.Digest,
        Engine = Engine,
        Seed = model.Card.Seed,
    };

    public static ModelDescription ToDescription(ModelFolder model) =>
        new()
        {
            Name = model.Card.Name,
            Version = model.Card.Version,
            Kind = ModelKindMapping.ToProto(model.Card.Kind),
            Digest = model.Digest,
            Engine = Engine,
            Deterministic = true,
        };

    /// <summary>
    /// <c>models/{name}</c> is one of the settings, else one of the tenant's own, else a shipped one. Of a name alone it must be clear
    /// which of the latter two is meant.
    /// </summary>
    private string? FindFolder(string name, string field)
    {
        if (places.TakesPaths && Path.IsPathRooted(name))
            return Path.GetFullPath(name);
        var isWhole = name.StartsWith(Prefix, StringComparison.Ordinal);
        var last = isWhole ? name[Prefix.Length..] : name;
        if (WithName(ConfiguredFolders(), last) is { } configured)
            return configured;
        var (own, shipped) = (WithName(OwnFolders(), last), WithName(ShippedFolders(), last));
        return isWhole || own is null || shipped is null ? own ?? shipped
            : throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(name)}' is the name of a shipped model and of one that was trained here, which is {Prefix}{last}");
    }

    private static string? WithName(IEnumerable<string> folders, string name) =>
        folders.FirstOrDefault(f => Path.GetFileName(f.TrimEnd('/')) == name && IsModel(f));

    private IEnumerable<string> Folders() => [.. ConfiguredFolders(), .. ShippedFolders(), .. OwnFolders()];

    /// <summary>Models of the settings; they take precedence over others of the same name.</summary>
    private IEnumerable<string> ConfiguredFolders() => options.Value.ModelPaths.Select(Path.GetFullPath);

    private IEnumerable<string> OwnFolders() => Below(Path.Combine(
        Path.GetFullPath(options.Value.ModelRoot.Length > 0 ? options.Value.ModelRoot : Path.Combine(options.Value.StateFolder, "models")),
        RequestContext.Current.Tenant));

    private static IEnumerable<string> ShippedFolders() => Below(Path.Combine(AppContext.BaseDirectory, "models"));

    private static IEnumerable<string> Below(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal) : [];

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelFolder.CardFile));
}
