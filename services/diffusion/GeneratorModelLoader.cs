using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Diffusion;

/// <summary>
/// The models of this replica. They load in the background at start; <c>ready</c> waits for them; one that can't be loaded stops the host.
/// </summary>
internal sealed class GeneratorModelLoader(IOptions<DiffusionOptions> options, TimeProvider time, ILogger<GeneratorModelLoader> logger)
    : BackgroundService, IHealthCheck
{
    private volatile IReadOnlyList<IDiffusionEngine>? _models;

    /// <summary>The loaded models, default first.</summary>
    /// <exception cref="MeshException">MODEL_NOT_LOADED while they load.</exception>
    public IReadOnlyList<IDiffusionEngine> All =>
        _models ?? throw new MeshException(ErrorReasons.ModelNotLoaded, "the models are being loaded", retryAfter: TimeSpan.FromSeconds(1));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_models is null ? HealthCheckResult.Unhealthy("the models are being loaded") : HealthCheckResult.Healthy());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // Kestrel starts while the models load.
        try
        {
            _models = Load(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Environment.ExitCode = 1; // The host stops on it, in good order; whoever started the process is to see why.
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
                throw new InvalidDataException($"{folder}: a second model of the name '{model.Card.Name}'");
            models.Add(model);
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
