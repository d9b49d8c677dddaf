using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Recipes.Diffusion;
using SynCxr.Mesh.Trainer.Tests.Export;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Recipes.Diffusion;

/// <summary>The generator's recipe with all that the larger preset does, in small, on forty made images.</summary>
[Collection("torch")]
public sealed class DetailRecipeTests
{
    [Theory]
    [InlineData("perceptual", 3)]
    [InlineData("vae", 3)]
    [InlineData("unet", 3)]
    [InlineData("unet", 5)]
    public async Task RunAsync_StoppedAndResumed_MakesTheSameModel(string phase, long step)
    {
        using var folder = new ScratchFolder();
        await RunAsync(folder, "whole", _ => { }, CancellationToken.None);

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(folder, "parts", p =>
        {
            if (p.Phase == phase && p.Step == step)
                stop.Cancel();
        }, stop.Token));
        var steps = new List<long>();
        await RunAsync(folder, "parts", p => steps.AddRange(p.Phase == phase ? [p.Step] : []), CancellationToken.None);

        Assert.Equal(step + 1, steps[0]);
        Assert.Equal(ModelFolder.Open(folder["whole/model"]).Digest, ModelFolder.Open(folder["parts/model"]).Digest);
    }

    [Fact]
    public async Task RunAsync_SmallTest_ExportsWhatTorchSharpComputesAndTrainsOnNoPatientOfTheSelection()
    {
        using var folder = new ScratchFolder();
        var distances = new List<double>();
        var phases = new HashSet<string>();
        await RunAsync(folder, "run", p =>
        {
            phases.Add(p.Phase);
            distances.AddRange(p.Phase == "unet" && p.Validation is { } v ? [v] : []);
        }, CancellationToken.None);

        Assert.All(OnnxExportCheck.Run(folder["run/model"], OnnxRuntimeRunner.Run), d => Assert.True(d.Passed, d.ToString()));
        var card = ModelFolder.Open(folder["run/model"]).Card;
        var held = ImageFolderReader.Read([folder["images/train"]], 64).Images.Count(SelectionPatients.Contains);
        Assert.InRange(held, 2, 20);
        Assert.Equal(40 - held, card.TrainedOn.Sum(t => t.Images));
        Assert.StartsWith($"{held} images of {held} patients were not trained on", Assert.Single(card.DataNotes), StringComparison.Ordinal);
        Assert.Equal(Math.Round(distances.Min(), 6), card.Figures["selection_kernel_distance"]);
        Assert.Equal(["captions", "export", "perceptual", "selection", "unet", "vae"], phases.Order(StringComparer.Ordinal));
        Assert.All(phases, p => Assert.True(Enum.TryParse<TrainingPhase>(p, ignoreCase: true, out _), $"{p} is no phase on the wire"));
        Assert.Contains(card.Defaults!.Guidance, LatentDiffusionPreset.SmallTest.Detail!.Guidances);
        Assert.Equal((64, 64), (card.Defaults.Width, card.Defaults.Height));
    }

    private static Task RunAsync(ScratchFolder folder, string run, Action<LoopProgress> report, CancellationToken cancellation)
    {
        var data = GradientImages.WriteFolder(folder["images/train"], count: 40, shade: 0);
        var plan = new TrainingPlan("latent-diffusion", "small-test", [data], "model", 5, null);
        return new LatentDiffusionRecipe("").RunAsync(
            new RecipeRun(plan, folder[$"{run}/work"], folder[$"{run}/model"], new Wording(), new Reporter(report)), cancellation);
    }

    private sealed class Wording : ICaptionWriter
    {
        public Task<string?> WriteAsync(IReadOnlyList<string> entities, ulong seed, CancellationToken cancellation) =>
            Task.FromResult<string?>(string.Join(", ", entities.Select(e => e.Split('/')[1].Replace('-', ' '))) + ".");
    }

    private sealed class Reporter(Action<LoopProgress> report) : IProgress<LoopProgress>
    {
        public void Report(LoopProgress value) => report(value);
    }
}
