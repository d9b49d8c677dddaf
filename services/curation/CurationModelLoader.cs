using System.Collections.Frozen;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Curation;

/// <summary>A loaded judge with the images that it can compare others with.</summary>
/// <param name="Judge">The network with its thresholds.</param>
/// <param name="MemorisationIndexes">Indexes of training images by name of the generator, including those that can't be used.</param>
/// <param name="GeneratorsWithoutIndex">Configured generators without an index in this replica.</param>
internal sealed record LoadedJudge(JudgeModel Judge, FrozenDictionary<string, MemorisationIndex> MemorisationIndexes,
    IReadOnlyList<string> GeneratorsWithoutIndex);

/// <summary>
/// Loads the judge after the host has started. <c>ready</c> waits for it; a judge that can't be loaded stops the process.
/// </summary>
internal sealed class CurationModelLoader(IOptions<CurationOptions> options, ILogger<CurationModelLoader> logger)
    : BackgroundService, IHealthCheck
{
    private volatile LoadedJudge? _loaded;

    /// <exception cref="MeshException">MODEL_NOT_LOADED until the judge is loaded.</exception>
    public LoadedJudge Loaded => _loaded ?? throw new MeshException(ErrorReasons.ModelNotLoaded, "The judge is still being loaded.",
        retryAfter: TimeSpan.FromSeconds(1));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_loaded is null ? HealthCheckResult.Unhealthy("The judge is still being loaded.") : HealthCheckResult.Healthy());

    public override void Dispose()
    {
        _loaded?.Judge.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(Load, stoppingToken);

    private void Load()
    {
        try
        {
            _loaded = Load(options.Value);
        }
        catch (Exception error)
        {
            // The host stops in good order; its exit code must show the failure.
            Log.JudgeLoadFailed(logger, options.Value.ModelPath, error);
            Environment.ExitCode = 1;
            throw;
        }
    }

    private LoadedJudge Load(CurationOptions settings)
    {
        var judge = JudgeModel.Load(CurationOptions.ResolvePath(settings.ModelPath),
            new OnnxSessionOptions(settings.ExecutionProvider, settings.Threads));
        Log.JudgeLoaded(logger, judge.Card.Name, judge.Card.Version, judge.Digest, judge.BadBank.Count);
        var untrained = judge.Settings.Heads.Where(h => !h.Trained).Select(h => h.Question).ToArray();
        if (untrained.Length > 0)
            Log.JudgeHasUntrainedHeads(logger, judge.Card.Name, string.Join(", ", untrained));
        var memories = new Dictionary<string, MemorisationIndex>(StringComparer.Ordinal);
        var without = new List<string>();
        foreach (var path in settings.GeneratorFolders.Select(CurationOptions.ResolvePath))
        {
            if (MemorisationIndex.Load(path, judge.Digest, judge.Settings.Embedding) is not { } memory)
            {
                Log.MemorisationIndexAbsent(logger, path);
                without.Add(MemorisationIndex.GeneratorNameOf(path));
                continue;
            }

            memories[memory.Generator] = memory;
            if (memory.Problem is { } problem)
                Log.MemorisationIndexUnusable(logger, memory.Generator, problem);
            else
                Log.MemorisationIndexLoaded(logger, memory.Generator, memory.Count);
        }

        return new LoadedJudge(judge, memories.ToFrozenDictionary(StringComparer.Ordinal), without);
    }
}
