using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion;

/// <summary>
/// The models below <c>Diffusion:ModelRoot</c>. The folder is looked through whenever models are listed or a name is looked for, so a model
/// that is added while the service runs is found; it is loaded when a request first names it, so it costs nobody else anything. A damaged
/// one is logged and refused by name, and stops nothing.
/// </summary>
internal sealed class AddedModelCatalogue : IDisposable
{
    private readonly string _root;
    private readonly string[] _otherFolders;
    private readonly Func<string, IDiffusionEngine> _load;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, AddedModel> _byFolder = new(StringComparer.Ordinal);
    private readonly List<AddedModel> _all = []; // those too whose folder was replaced: rows of them may still be running

    /// <param name="root">The folder; empty for none.</param>
    /// <param name="otherFolders">Folders that are loaded at start anyway.</param>
    /// <param name="load">Loads a model folder.</param>
    public AddedModelCatalogue(string root, IEnumerable<string> otherFolders, Func<string, IDiffusionEngine> load, ILogger logger)
    {
        _root = root;
        _otherFolders = [.. otherFolders];
        _load = load;
        _logger = logger;
    }

    /// <summary>The models that are there now, in ordinal order of their folders, each name once.</summary>
    /// <param name="taken">Names that the models loaded at start have.</param>
    public IReadOnlyList<AddedModel> List(IEnumerable<string> taken)
    {
        var names = taken.ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            var folders = FindFolders();
            foreach (var gone in _byFolder.Keys.Except(folders).ToList())
                _byFolder.Remove(gone);
            return [.. folders.Select(folder => Read(folder, names)).Where(model => IsGenerator(model) && names.Add(model.Name))];
        }
    }

    /// <summary>Waits for loads that go on: the process must not end in the middle of one.</summary>
    public async Task WaitForLoadsAsync()
    {
        AddedModel[] models;
        lock (_lock)
            models = [.. _all];
        foreach (var model in models)
            await model.Loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        foreach (var model in _all)
            model.Engine?.Dispose();
    }

    private static bool IsGenerator(AddedModel model) => model.Card is not { } card || card.Kind == ModelKindNames.LatentDiffusion;

    // A folder whose name starts with a dot is being written.
    private List<string> FindFolders() => !Directory.Exists(_root) ? [] :
    [
        .. Directory.EnumerateDirectories(_root)
            .Where(folder => !Path.GetFileName(folder).StartsWith('.') && !_otherFolders.Contains(folder)
                && File.Exists(Path.Combine(folder, ModelFolder.CardFile)))
            .Order(StringComparer.Ordinal),
    ];

    private AddedModel Read(string folder, HashSet<string> taken)
    {
        if (_byFolder.TryGetValue(folder, out var known) && !known.IsOutdated)
            return known;
        var file = Path.Combine(folder, ModelFolder.CardFile);
        var written = File.GetLastWriteTimeUtc(file);
        var (card, problem, isLasting) = ReadCard(file);
        var model = new AddedModel(folder, written, card, problem, LoadLogged);
        if (isLasting)
        {
            _byFolder[folder] = model;
            _all.Add(model);
        }
        if (problem.Length > 0)
            Log.AddedModelRefused(_logger, model.Name, problem);
        else if (IsGenerator(model) && taken.Contains(model.Name))
            Log.AddedModelRefused(_logger, model.Name, $"{folder}: Another model has the name '{model.Name}'; each name may occur once.");
        return model;
    }

    // A card that can't be read now is read again when the models are listed next.
    private static (ModelCard? Card, string Problem, bool IsLasting) ReadCard(string file)
    {
        try
        {
            return (ModelCardFile.Read(file), "", true);
        }
        catch (InvalidDataException error)
        {
            return (null, error.Message, true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (null, error.Message, false);
        }
    }

    private IDiffusionEngine LoadLogged(string folder)
    {
        try
        {
            return _load(folder);
        }
        catch (Exception error)
        {
            Log.AddedModelRefused(_logger, Path.GetFileName(folder), error.Message);
            throw;
        }
    }
}
