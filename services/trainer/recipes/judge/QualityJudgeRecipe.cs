using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Faults;

namespace SynCxr.Mesh.Trainer.Recipes.Judge;

/// <summary>Trains a judge with six yes/no heads and an embedding, on good and spoilt radiographs.</summary>
internal sealed class QualityJudgeRecipe : IRecipe
{
    /// <summary>Share of held-out real radiographs that one head may reject.</summary>
    private const double FalseRejects = 0.05;

    private static readonly string[] _limits =
    [
        "looks at 64x64 pixels: detail is beyond it",
        "is_human and is_frontal are untrained: the data holds no animal and no lateral view; their answers decide nothing",
        "knows faults that were made on purpose; a fault of another kind may pass",
        "mirrored radiographs pass: at this size the heart's side is often hard to see in good ones too",
    ];

    public string Name => RecipeNames.QualityJudge;

    public string Summary => "a judge of radiographs: six yes/no heads, an embedding, and a bank of known-bad images";

    public IReadOnlyCollection<string> Presets => [.. QualityJudgePreset.All.Keys];

    public bool ReadsSources => false;

    public Task RunAsync(RecipeRun run, CancellationToken cancellation)
    {
        var preset = QualityJudgePreset.All[run.Plan.Preset];
        var images = run.ReadImages(preset.Network.InputSize, preset.Batch, cancellation);
        var held = HoldoutFolders.FindBeside(run.Plan.Data, run.Plan.Boundary) is { Count: > 0 } folders
            ? ImageFolderReader.Read(folders, images.Side, run.Plan.Boundary, "spec.data", cancellation) : images;
        using var phase = new JudgeTrainer(preset.Network, run.Plan.Seed);
        phase.Train(images, preset.Loop with { Steps = run.Plan.Steps ?? preset.Loop.Steps }, preset.Batch, run, cancellation);
        run.Progress.Report(new LoopProgress("export", 0, 1, 0, 0, 0, 0));
        ModuleWeights.RoundToHalf(phase.Network);
        ModelFolderWriter.Write(run.ModelFolder, folder => Export(folder, run.Plan, preset, images, held, phase));
        run.Progress.Report(new LoopProgress("export", 1, 1, 0, 0, 0, 0));
        return Task.CompletedTask;
    }

    private static void Export(string folder, TrainingPlan plan, QualityJudgePreset preset, ImageSet images, ImageSet held,
        JudgeTrainer phase)
    {
        GeneratorFolderWriter.WritePart(folder, "", phase.Network.Emit().ToModel(), preset.Network);
        Safetensors.Save(Path.Combine(folder, "..", plan.WeightsFile), ModuleWeights.NamedParameters(phase.Network));

        string[] kinds = [.. TrainingFaults.All.SelectMany(k => Enumerable.Repeat(k.Name, preset.BankPerKind))];
        var random = RandomSource.Create(plan.Seed, "bank", 0);
        var bank = JudgeInference.Run(phase.Network,
            [.. TrainingFaults.All.SelectMany(
                k => Enumerable.Range(0, preset.BankPerKind).Select(_ => JudgeTrainer.ApplyFault(images, k, random)))]).Embeddings;
        bank.Write(Path.Combine(folder, "bad-bank.f16"));
        GeneratorFolderWriter.WriteJson(folder, "bad-bank.json", new { rows = bank.Rows, dim = bank.Columns, kinds });

        var (card, figures) = JudgeThresholdSelector.Select(preset, held, phase.Network, bank, FalseRejects, plan.Seed);
        var model = ModelFolderWriter.CreateCard(plan, ModelKindNames.QualityJudge, images, figures, _limits) with { Judge = card };
        ModelCardFile.Write(Path.Combine(folder, ModelFolder.CardFile), model);
        ModelReadmeWriter.Write(folder, model,
            "A small residual network that answers six yes/no questions about a 64x64 chest radiograph and gives an embedding in which "
                + "varied "
            + "copies of one image are near and known-bad images lie together.", JudgeThresholdSelector.Notes(FalseRejects));
        var spoilt = TrainingFaults.All.SelectMany(
            k => Enumerable.Range(0, 4).Select(_ => (k.Name, Image: JudgeTrainer.ApplyFault(held, k, random)))).ToArray();
        ModelFolderWriter.WriteContactSheet(folder, [.. spoilt.Select(s => ModelFolderWriter.ToImage(s.Image, held.Side))], 8,
            [.. spoilt.Select(s => s.Name)]);
    }
}
