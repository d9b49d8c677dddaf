using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Torch.Contrastive;

namespace SynCxr.Mesh.Evaluator.Vision;

/// <summary>
/// Finds the vision–language models that can be measured: those of the settings, the shipped ones, those that a trainer on the same state
/// folder made for the caller's tenant; and any folder by its absolute path.
/// </summary>
internal sealed class VisionModelCatalogue(IOptions<EvaluatorOptions> options)
{
    private const string Engine = "torchsharp";

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
        string[] folders = Path.IsPathRooted(name) ? [name] : [.. WithName(ConfiguredFolders(), name).Take(1)];
        if (folders.Length == 0)
            folders = [.. WithName(OwnFolders(), name)];
        if (folders.Length == 0)
            throw MeshException.Invalid(field,
                $"there is no model '{name}'; the models are {string.Join(", ", All().Select(m => m.Card.Name).DefaultIfEmpty("(none)"))}");
        if (folders.Length > 1)
            throw MeshException.Invalid(field,
                $"'{name}' is the name of several models: give the folder instead, {string.Join(" or ", folders)}");
        try
        {
            var model = ModelFolder.Open(folders[0]);
            return model.Card.Kind == ModelKindNames.VisionLanguage
                ? model
                : throw MeshException.Invalid(field,
                    $"model '{name}' is of kind {model.Card.Kind}; this task needs {ModelKindNames.VisionLanguage}");
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid(field, error.Message);
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
            throw MeshException.Invalid(field, error.Message);
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

    private IEnumerable<string> Folders() => [.. ConfiguredFolders(), .. OwnFolders()];

    /// <summary>Models of the settings; they take precedence over others of the same name.</summary>
    private IEnumerable<string> ConfiguredFolders() => options.Value.ModelPaths.Select(Path.GetFullPath);

    private IEnumerable<string> OwnFolders() =>
    [
        .. Below(Path.Combine(AppContext.BaseDirectory, "models")),
        .. Below(Path.Combine(Path.GetFullPath(options.Value.StateFolder), "models", RequestContext.Current.Tenant)),
    ];

    private static IEnumerable<string> WithName(IEnumerable<string> folders, string name) =>
        folders.Where(f => Path.GetFileName(f.TrimEnd('/')) == name && IsModel(f));

    private static IEnumerable<string> Below(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal) : [];

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelFolder.CardFile));
}
