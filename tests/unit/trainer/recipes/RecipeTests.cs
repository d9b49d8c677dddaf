using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Recipes.Diffusion;
using SynCxr.Mesh.Trainer.Recipes.Judge;
using SynCxr.Mesh.Trainer.Tests.Export;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Recipes;

/// <summary>Whole recipes with the test preset, on twelve made images.</summary>
[Collection("torch")]
public sealed class RecipeTests
{
    [Theory]
    [InlineData("latent-diffusion", "vae", 3)]
    [InlineData("latent-diffusion", "unet", 3)]
    [InlineData("quality-judge", "judge", 3)]
    public async Task RunAsync_StoppedAndResumed_MakesTheSameModel(string name, string phase, long step)
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        await Recipe(name).RunAsync(Order(folder, data, name, "whole", _ => { }), CancellationToken.None);

        using var stop = new CancellationTokenSource();
        var first = Order(folder, data, name, "parts", p =>
        {
            if (p.Phase == phase && p.Step == step)
                stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Recipe(name).RunAsync(first, stop.Token));
        Assert.False(Directory.Exists(first.ModelFolder));
        var steps = new List<long>();
        await Recipe(name).RunAsync(Order(folder, data, name, "parts", p => steps.AddRange(p.Phase == phase ? [p.Step] : [])),
            CancellationToken.None);

        Assert.Equal(step + 1, steps[0]);
        Assert.Equal(ModelFolder.Open(folder["whole/model"]).Digest, ModelFolder.Open(folder["parts/model"]).Digest);
    }

    [Fact]
    public async Task RunAsync_AnotherSeed_MakesAnotherModel()
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        await Recipe("quality-judge").RunAsync(Order(folder, data, "quality-judge", "one", _ => { }), CancellationToken.None);
        await Recipe("quality-judge").RunAsync(Order(folder, data, "quality-judge", "two", _ => { }, seed: 6), CancellationToken.None);
        Assert.NotEqual(Bytes(folder, "one/model/model.onnx"), Bytes(folder, "two/model/model.onnx"));
    }

    [Fact]
    public async Task RunAsync_TestGenerator_ExportsWhatTorchSharpComputesAndRemembersItsImages()
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        await Recipe("quality-judge").RunAsync(Order(folder, data, "quality-judge", "judge", _ => { }), CancellationToken.None);
        var order = Order(folder, data, "latent-diffusion", "generator", _ => { });
        await new LatentDiffusionRecipe(folder["judge/model"]).RunAsync(order, CancellationToken.None);

        Assert.All(OnnxExportCheck.Run(order.ModelFolder, OnnxRuntimeRunner.Run), d => Assert.True(d.Passed, d.ToString()));
        var judge = ModelFolder.Open(folder["judge/model"]);
        Assert.Contains(judge.Digest, File.ReadAllText(Path.Combine(order.ModelFolder, "memory", "index.json")), StringComparison.Ordinal);
        Assert.Equal(12, HalfMatrix.Read(Path.Combine(order.ModelFolder, "memory", "index.f16"), 12, 32).Rows);
        Assert.Equal([false, false], judge.Card.Judge!.Heads.Where(h => h.Question is "is_human" or "is_frontal").Select(h => h.Trained));
    }

    [Fact]
    public async Task RunAsync_CheckpointOfOtherData_IsRefused()
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        await Recipe("quality-judge").RunAsync(Order(folder, data, "quality-judge", "one", _ => { }), CancellationToken.None);
        File.Delete(Directory.GetFiles(data, "*.png", SearchOption.AllDirectories)[0]);
        var error = await Assert.ThrowsAsync<InvalidDataException>(
            () => Recipe("quality-judge").RunAsync(Order(folder, data, "quality-judge", "one", _ => { }), CancellationToken.None));
        Assert.Contains("belongs to another run", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("latent-diffusion")]
    [InlineData("quality-judge")]
    public async Task RunAsync_FewerImagesThanABatch_IsRefused(string name)
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        foreach (var file in Directory.GetFiles(data, "*.png", SearchOption.AllDirectories).Skip(3))
            File.Delete(file);
        var error = await Assert.ThrowsAsync<MeshException>(
            () => Recipe(name).RunAsync(Order(folder, data, name, "few", _ => { }), CancellationToken.None));
        Assert.Equal("spec.data", error.Fields[0].Field);
    }

    private static IRecipe Recipe(string name) => name == "quality-judge" ? new QualityJudgeRecipe() : new LatentDiffusionRecipe("");

    private static RecipeRun Order(ScratchFolder folder, string data, string recipe, string run, Action<LoopProgress> report,
        ulong seed = 5) => new(
        new TrainingPlan(recipe, "test", [data], "model", seed, null), folder[$"{run}/work"], folder[$"{run}/model"], new Wording(),
        new Reporter(report));

    private static byte[] Bytes(ScratchFolder folder, string file) => File.ReadAllBytes(folder[file]);

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
