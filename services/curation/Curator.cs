using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation;

/// <summary>
/// Judges images. A verdict depends on the image and the models alone, not on batch, threads or what else is asked.
/// </summary>
internal sealed class Curator : IAsyncDisposable
{
    private readonly CurationModelLoader _loader;
    private readonly CurationOptions _options;
    private readonly CurationMetrics _metrics;
    private readonly int _maxBatch;
    private readonly int _threads;
    private readonly Batcher<float[], JudgeOutput> _batcher;

    public Curator(CurationModelLoader models, IOptions<CurationOptions> options, CurationMetrics metrics, BatcherMetrics batcherMetrics,
        TenantWeights weights, TimeProvider clock)
    {
        var settings = options.Value;
        _loader = models;
        _options = settings;
        _metrics = metrics;
        _maxBatch = settings.MaxBatch;
        _threads = settings.Threads;
        _batcher = new Batcher<float[], JudgeOutput>(
            new BatcherOptions("verdict")
            {
                MaxBatch = settings.MaxBatch,
                MaxDelay = settings.MaxDelay,
                QueueLimit = settings.QueueLimit,
                Weights = weights,
            },
            RunBatchAsync,
            batcherMetrics,
            clock);
    }

    /// <summary>The loaded judge.</summary>
    /// <exception cref="MeshException">MODEL_NOT_LOADED until it is loaded.</exception>
    public LoadedJudge Loaded => _loader.Loaded;

    /// <summary>Answers every question about an image and measures its likenesses.</summary>
    /// <param name="chat">The judge that answers; null for the loaded one, whose features measure the likenesses in any case.</param>
    /// <param name="generator">Name of the generator whose training images the image is compared with; empty for none.</param>
    /// <param name="memorisation">What to do where there is no index of them.</param>
    /// <param name="measureBank">Gets the judge's features and gives the likeness to another bank; null from it, or none: the judge's
    /// own.</param>
    /// <param name="alignment">How near the image is to its report; null where that is not asked.</param>
    public async Task<(Verdict Verdict, float[] Embedding)> AssessAsync(GrayImage image, ChatJudge? chat, string generator,
        MemorisationPolicy memorisation, BatchRowOptions terms, CancellationToken cancellationToken,
        Func<float[], LikenessResult?>? measureBank = null, AlignmentResult? alignment = null)
    {
        using var activity = CurationMetrics.StartAssess();
        var judge = Loaded.Judge;
        var isNamed = generator.Length > 0 && !_options.UntrainedNames.Contains(generator);
        var memory = isNamed && memorisation != MemorisationPolicy.LeftOut ? FindMemorisationIndex(generator, memorisation) : null;
        var row = await _batcher.RunAsync(judge.PrepareInput(image), terms, cancellationToken);
        var resemblances = new List<LikenessResult>
        {
            measureBank?.Invoke(row.Embedding) ?? judge.BadBank.FindNearest(row.Embedding).ToLikeness(LikenessCheckNames.BadBank,
                judge.Settings.BadSimilarity),
        };
        if (memory is not null)
            resemblances.Add(memory.FindNearest(row.Embedding).ToLikeness(LikenessCheckNames.Memorised, judge.Settings.Memorised));
        var said = chat is null ? null : await chat.AnswerAsync(image, cancellationToken);
        var verdict = new Verdict(said?.Answers ?? Verdict.AnswersOf(judge.Settings.Heads, row.Logits), resemblances, alignment)
        {
            IsMemorisationUnchecked = isNamed && memory is null,
            ServedModel = said?.ServedModel,
        };
        _metrics.RecordVerdict(verdict);
        return (verdict, row.Embedding);
    }

    /// <summary>
    /// Features of images, in their order; no more than a batch of them waits at one time, so that others get in between.
    /// </summary>
    public async Task<IReadOnlyList<float[]>> EmbedAsync(IReadOnlyList<GrayImage> images, BatchRowOptions terms,
        CancellationToken cancellationToken)
    {
        var judge = Loaded.Judge;
        var features = new List<float[]>(images.Count);
        foreach (var chunk in images.Chunk(_maxBatch))
        {
            var rows = await Task.WhenAll(chunk.Select(i => _batcher.RunAsync(judge.PrepareInput(i), terms, cancellationToken)));
            features.AddRange(rows.Select(r => r.Embedding));
        }

        return features;
    }

    /// <summary>Starts a search for near-duplicates.</summary>
    public DuplicateSearch CreateDuplicateSearch(IReadOnlyList<IndexedFeatures> candidates, double threshold) =>
        new(candidates, threshold, _threads);

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    /// <exception cref="MeshException">INVALID_FIELD where there must be an index and is none, MODEL_NOT_LOADED for an index that does not
    /// fit the judge.</exception>
    private MemorisationIndex? FindMemorisationIndex(string generator, MemorisationPolicy memorisation)
    {
        if (!Loaded.MemorisationIndexes.TryGetValue(generator, out var memory))
        {
            if (memorisation != MemorisationPolicy.Required)
                return null;
            var known = string.Join(", ", Loaded.MemorisationIndexes.Keys.Order(StringComparer.Ordinal));
            throw MeshException.Invalid("generator",
                $"This replica has no memorisation index of the generator; it has {(known.Length > 0 ? $"those of {known}" : "none")}.");
        }

        return memory.Problem is null
            ? memory : throw new MeshException(ErrorReasons.ModelNotLoaded,
                $"The memorisation index of the generator {generator} can't be used: {memory.Problem}");
    }

    private async ValueTask RunBatchAsync(IReadOnlyList<BatchRow<float[], JudgeOutput>> rows, CancellationToken cancellationToken)
    {
        var answers = await Loaded.Judge.RunAsync([.. rows.Select(r => r.Item)], cancellationToken);
        for (var i = 0; i < rows.Count; i++)
            rows[i].Complete(answers[i]);
    }
}
