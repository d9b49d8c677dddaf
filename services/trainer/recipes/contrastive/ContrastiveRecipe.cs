using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Pairs;
using SynCxr.Mesh.Trainer.Tokenizer;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Trainer.Recipes.Contrastive;

/// <summary>ConVIRT or GLoRIA: an image encoder and a text encoder from pairs of radiographs and reports.</summary>
internal sealed class ContrastiveRecipe(string name, IReadOnlyDictionary<string, ContrastivePreset> presets) : IRecipe
{
    /// <summary>With fewer held-out pairs than this, the last weights are taken.</summary>
    private const int LeastHeld = 8;

    public string Name => name;

    public string Summary => name == RecipeNames.Convirt
        ? "an image and a text encoder that agree on which report belongs to which radiograph"
        : "the same, with words that find their regions";

    public IReadOnlyCollection<string> Presets => [.. presets.Keys];

    public bool ReadsSources => true;

    public async Task RunAsync(RecipeRun run, CancellationToken cancellation)
    {
        var preset = presets[run.Plan.Preset];
        Directory.CreateDirectory(run.WorkFolder);
        var initial = new InitialWeightsLoader(run.Plan);
        var data = await ReadAsync(run, run.Plan.Sources, "spec.sources", preset, run.Plan.Validation.Count == 0, cancellation);
        var held = await ReadAsync(run, run.Plan.Validation, "spec.validation", preset, false, cancellation);
        ThrowIfOverlapping(data, held);

        var tokenizer = initial.OpenTokenizer() ?? CreateTokenizer(preset, data);
        var card = initial.FitCard(preset.Card, tokenizer);
        var wording = new PairTokenizer(tokenizer, card.Tokens, preset.OneSentence, run.Plan.Seed);
        var sources = data.Select(d => (Pairs: d.Pairs(wording), d.Source.Weight)).ToArray();
        var pairs = new PairMix(run.Plan.EqualEpochs ? PairMix.ByEpochs(sources) : PairMix.BySteps(sources));
        if (pairs.Count < preset.Batch)
            throw MeshException.Invalid("spec.sources",
                $"have {pairs.Count} pairs to train on; preset {run.Plan.Preset} needs at least one batch of {preset.Batch}");
        var settings = preset.Loop with { Steps = CountSteps(run.Plan, preset, sources) };

        using var phase = new ContrastiveTrainer(card, tokenizer, run.Plan.Seed);
        initial.Load(phase.Model, run.Notes);
        var validation = phase.Train(pairs, HeldOutPairs(data, held, wording, preset.Batch), preset, settings, run, cancellation);
        run.Progress.Report(new LoopProgress("export", 0, 1, validation.LowestLoss, 0, 0, 0));
        ModelFolderWriter.Write(run.ModelFolder,
            folder => VisionLanguageModelWriter.Write(folder, run, preset, phase, data, pairs, validation));
        run.Progress.Report(new LoopProgress("export", 1, 1, validation.LowestLoss, 0, 0, 0));
    }

    private static async Task<IReadOnlyList<ITrainingSource>> ReadAsync(
        RecipeRun run, IReadOnlyList<RadiographSource> sources, string list, ContrastivePreset preset, bool holdOut,
        CancellationToken cancellation)
    {
        var read = new List<ITrainingSource>();
        for (var i = 0; i < sources.Count; i++)
        {
            var field = FormattableString.Invariant($"{list}[{i}]");
            var file = run.WorkFile(FormattableString.Invariant($"{list[5..]}-{i}.tsv"));
            var source = await TrainingSourceReader.ReadAsync(sources[i], field, preset.Card.Side, holdOut, run, file, cancellation);
            run.Notes.Add(source.Notes.Select(n => $"{source.Name}: {n}"));
            read.Add(source);
        }

        return read;
    }

    /// <exception cref="MeshException">Images or patients are on both sides; says how many.</exception>
    private static void ThrowIfOverlapping(IReadOnlyList<ITrainingSource> data, IReadOnlyList<ITrainingSource> held)
    {
        var seen = SeenHashes.Union(data.Select(d => d.SeenHashes));
        foreach (var source in held)
        {
            var images = source.SeenHashes.Images.Count(seen.Images.Contains);
            var patients = source.SeenHashes.Patients.Count(seen.Patients.Contains);
            if (images + patients > 0)
                throw MeshException.Invalid(source.Field,
                    $"{images} of its {source.SeenHashes.Images.Count} images are in the training data, and {patients} of its "
                        + $"{source.SeenHashes.Patients.Count} patients");
        }
    }

    private static WordPieceTokenizer CreateTokenizer(ContrastivePreset preset, IReadOnlyList<ITrainingSource> data)
    {
        var words = EntityVocabulary.Shipped.Entities.SelectMany(e => e.Synonyms.Append(e.Term))
            .Concat(FindingPrompts.All.Values.SelectMany(p => p.Positive.Concat(p.Negative)));
        var texts = data.SelectMany(d => d.Texts);
        return new WordPieceTokenizer(
            WordPieceTrainer.Train(texts.Concat(words), preset.MostWordPieces > 0 ? preset.MostWordPieces : preset.Card.Text.Vocabulary),
            lowerCase: true);
    }

    private static PairMix? HeldOutPairs(IReadOnlyList<ITrainingSource> data, IReadOnlyList<ITrainingSource> given, PairTokenizer wording,
        int batch)
    {
        var sources = (given.Count > 0
            ? given.Select(g => g.Pairs(wording)) : data.Where(d => d.HeldOutCount > 0).Select(d => d.HeldOutPairs(wording))).ToArray();
        return sources.Sum(s => s.Count) >= Math.Max(LeastHeld, batch)
            ? new PairMix(PairMix.ByEpochs([.. sources.Select(s => (s, 1.0))])) : null;
    }

    private static long CountSteps(TrainingPlan plan, ContrastivePreset preset, IReadOnlyList<(IPairSequence Pairs, double Weight)> sources)
    {
        if (!plan.EqualEpochs)
            return plan.Steps ?? preset.Loop.Steps;
        var samples = sources.Sum(s => s.Pairs.Count * s.Weight) * (plan.Epochs ?? preset.Epochs);
        return Math.Max(1, (long)Math.Ceiling(samples / (preset.Batch * preset.Loop.Accumulate)));
    }
}
