using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion;

/// <summary>
/// Loads the models of this replica in the background at start. <c>ready</c> waits for them; a model that can't be loaded stops the host.
/// Those below <c>Diffusion:ModelRoot</c> are loaded when they are first asked for.
/// </summary>
internal sealed class GeneratorModelLoader : BackgroundService, IHealthCheck
{
    private readonly DiffusionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AddedModelCatalogue _added;
    private volatile IReadOnlyList<IDiffusionEngine>? _models;

    public GeneratorModelLoader(IOptions<DiffusionOptions> options, TimeProvider time, ILogger<GeneratorModelLoader> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _added = new AddedModelCatalogue(_options.ModelRootFolder, _options.ModelFolders, Load, logger);
    }

    /// <summary>The models that are loaded at start, default first.</summary>
    /// <exception cref="MeshException">MODEL_NOT_LOADED while they load.</exception>
    public IReadOnlyList<IDiffusionEngine> All =>
        _models ?? throw new MeshException(ErrorReasons.ModelNotLoaded, "The models are still being loaded.",
            retryAfter: TimeSpan.FromSeconds(1));

    /// <summary>The models below the root, loaded or not.</summary>
    /// <exception cref="MeshException">MODEL_NOT_LOADED while those of the start load.</exception>
    public IReadOnlyList<AddedModel> Added => _added.List(All.Select(model => model.Card.Name));

    /// <summary>The models of the start and, where another is named, that one too, which is then loaded.</summary>
    /// <param name="name">Name of a model; empty for the default.</param>
    /// <param name="field">The field that names it.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no model has that name, or it can't be loaded. MODEL_NOT_LOADED while those of the
    /// start load.</exception>
    public async Task<IReadOnlyList<IDiffusionEngine>> ListWithAsync(string name, string field, CancellationToken cancellation)
    {
        var models = All;
        if (name.Length == 0 || models.Any(model => model.Card.Name == name))
            return models;
        var added = Added;
        var named = added.FirstOrDefault(model => model.Name == name) ?? throw MeshException.Invalid(field,
            $"Unknown model '{EchoedText.Shorten(name)}'; this replica has "
                + $"{string.Join(", ", models.Select(model => model.Card.Name).Concat(added.Select(model => model.Name)))}.");
        return [.. models, await named.LoadAsync(field, cancellation)];
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _added.WaitForLoadsAsync();
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_models is null ? HealthCheckResult.Unhealthy("The models are still being loaded.") : HealthCheckResult.Healthy());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // Lets Kestrel start while the models load.
        try
        {
            _models = Load(stoppingToken);
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid($"{DiffusionOptions.Section}:{nameof(DiffusionOptions.ModelPaths)}", error.Message);
        }
    }

    private List<IDiffusionEngine> Load(CancellationToken stoppingToken)
    {
        var models = new List<IDiffusionEngine>();
        foreach (var folder in _options.ModelFolders)
        {
            stoppingToken.ThrowIfCancellationRequested();
            var model = Load(folder);
            if (models.Exists(other => other.Card.Name == model.Card.Name))
                throw new InvalidDataException(
                    $"{folder}: An earlier folder has a model of the name '{model.Card.Name}' too; each name may occur once.");
            models.Add(model);
        }
        return models;
    }

    private IDiffusionEngine Load(string folder)
    {
        var started = _time.GetTimestamp();
        var model = DiffusionEngineNames.ByName[_options.Engine](folder, _options, _time);
        if (model.Schedulers.Get(model.Card.Defaults!.Scheduler) is { UnknownKeys.Count: > 0 } scheduler)
            Log.SchedulerKeysUnknown(_logger, model.Card.Name, scheduler.Name, string.Join(", ", scheduler.UnknownKeys));
        Log.ModelLoaded(_logger, model.Card.Name, model.Card.Version, model.Digest, model.Fingerprint,
            _time.GetElapsedTime(started).TotalSeconds);
        return model;
    }

    public override void Dispose()
    {
        foreach (var model in _models ?? [])
            model.Dispose();
        _added.Dispose();
        base.Dispose();
    }
}
