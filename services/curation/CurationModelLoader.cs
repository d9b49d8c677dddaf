using System.Collections.Frozen;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Curation;

/// <summary>A loaded judge with the images that it can compare others with.</summary>
/// <param name="Judge">The network with its thresholds.</param>
/// <param name="MemorisationIndexes">Indexes of training images by name of the generator, including those that can't be used.</param>
/// <param name="GeneratorsWithoutIndex">Configured generators without an index in this replica.</param>
/// <param name="UntrainedGenerators">Generators that were trained on nothing, which need no index.</param>
internal sealed record LoadedJudge(JudgeModel Judge, FrozenDictionary<string, MemorisationIndex> MemorisationIndexes,
    IReadOnlyList<string> GeneratorsWithoutIndex, IReadOnlyList<string> UntrainedGenerators);

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
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid($"{CurationOptions.Section}:{nameof(CurationOptions.ModelPath)}", error.Message);
        }
    }

    private LoadedJudge Load(CurationOptions settings)
    {
        var judge = JudgeModel.Load(CurationOptions.ResolvePath(settings.ModelPath), settings.SessionOptions);
        Log.JudgeLoaded(logger, judge.Card.Name, judge.Card.Version, judge.Digest, judge.BadBank.Count);
        var untrained = judge.Settings.Heads.Where(h => !h.Trained).Select(h => h.Question).ToArray();
        if (untrained.Length > 0)
            Log.JudgeHasUntrainedHeads(logger, judge.Card.Name, string.Join(", ", untrained));
        var memories = new Dictionary<string, MemorisationIndex>(StringComparer.Ordinal);
        var generatorsWithoutIndex = new List<string>();
        foreach (var path in settings.GeneratorFolders.Select(CurationOptions.ResolvePath))
        {
            if (MemorisationIndex.Load(path, judge.Digest, judge.Settings.Embedding) is not { } memory)
            {
                Log.MemorisationIndexAbsent(logger, path);
                generatorsWithoutIndex.Add(MemorisationIndex.GeneratorNameOf(path));
                continue;
            }

            memories[memory.Generator] = memory;
            LogIndex(memory);
        }

        foreach (var memory in LoadOwnIndexes(settings, judge).Where(memory => memories.TryAdd(memory.Generator, memory)))
            LogIndex(memory);
        AddSeparateIndexes(settings, judge, memories, generatorsWithoutIndex);
        return new LoadedJudge(judge, memories.ToFrozenDictionary(StringComparer.Ordinal), generatorsWithoutIndex,
            settings.UntrainedNames);
    }

    // Those that were made apart from their generators. A damaged one stops nobody who does not name its generator.
    private void AddSeparateIndexes(CurationOptions settings, JudgeModel judge, Dictionary<string, MemorisationIndex> memories,
        List<string> generatorsWithoutIndex)
    {
        if (settings.IndexRoot.Length == 0)
            return;
        foreach (var index in MemorisationIndex.LoadSeparate(CurationOptions.ResolvePath(settings.IndexRoot), judge.Digest,
            judge.Settings.Embedding))
        {
            if (memories.TryGetValue(index.Generator, out var own) && own.Problem is null)
            {
                Log.MemorisationIndexSuperfluous(logger, index.Generator);
                continue;
            }
            generatorsWithoutIndex.Remove(index.Generator);
            memories[index.Generator] = index;
            LogIndex(index);
        }
    }

    private static IEnumerable<MemorisationIndex> LoadOwnIndexes(CurationOptions settings, JudgeModel judge) =>
        settings.GeneratorRoot.Length == 0 ? []
        : MemorisationIndex.LoadOwn(CurationOptions.ResolvePath(settings.GeneratorRoot), judge.Digest, judge.Settings.Embedding);

    private void LogIndex(MemorisationIndex memory)
    {
        if (memory.Problem is { } problem)
            Log.MemorisationIndexUnusable(logger, memory.Generator, problem);
        else
            Log.MemorisationIndexLoaded(logger, memory.Generator, memory.Count);
    }
}
