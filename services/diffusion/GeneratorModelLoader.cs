using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion;

/// <summary>
/// Loads the models of this replica in the background at start. <c>ready</c> waits for them; a model that can't be loaded stops the host.
/// </summary>
internal sealed class GeneratorModelLoader(IOptions<DiffusionOptions> options, TimeProvider time, ILogger<GeneratorModelLoader> logger)
    : BackgroundService, IHealthCheck
{
    private volatile IReadOnlyList<IDiffusionEngine>? _models;

    /// <summary>The loaded models, default first.</summary>
    /// <exception cref="MeshException">MODEL_NOT_LOADED while they load.</exception>
    public IReadOnlyList<IDiffusionEngine> All =>
        _models ?? throw new MeshException(ErrorReasons.ModelNotLoaded, "The models are still being loaded.",
            retryAfter: TimeSpan.FromSeconds(1));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_models is null ? HealthCheckResult.Unhealthy("The models are still being loaded.") : HealthCheckResult.Healthy());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // Lets Kestrel start while the models load.
        try
        {
            _models = Load(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Environment.ExitCode = 1; // The host stops in good order; its exit code must show the failure.
            throw;
        }
    }

    private List<IDiffusionEngine> Load(CancellationToken stoppingToken)
    {
        var models = new List<IDiffusionEngine>();
        foreach (var folder in options.Value.ModelFolders)
        {
            stoppingToken.ThrowIfCancellationRequested();
            var started = time.GetTimestamp();
            var model = DiffusionEngineNames.ByName[options.Value.Engine](folder, options.Value, time);
            if (models.Exists(other => other.Card.Name == model.Card.Name))
                throw new InvalidDataException(
                    $"{folder}: An earlier folder of Diffusion:ModelPaths has a model of the name '{model.Card.Name}' too; each name may "
                        + $"occur once.");
            models.Add(model);
            if (model.Schedulers.Get(model.Card.Defaults!.Scheduler) is { UnknownKeys.Count: > 0 } scheduler)
                Log.SchedulerKeysUnknown(logger, model.Card.Name, scheduler.Name, string.Join(", ", scheduler.UnknownKeys));
            Log.ModelLoaded(logger, model.Card.Name, model.Card.Version, model.Digest, model.Fingerprint,
                time.GetElapsedTime(started).TotalSeconds);
        }
        return models;
    }

    public override void Dispose()
    {
        foreach (var model in _models ?? [])
            model.Dispose();
        base.Dispose();
    }
}
