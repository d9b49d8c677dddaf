using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Recipes.Contrastive;
using SynCxr.Mesh.Trainer.Tests.Export;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Tests.Recipes;

/// <summary>Trainings that start from encoders of transformers.</summary>
[Collection("torch")]
public sealed class ForeignStartGoldenTests
{
    private const string Name = "safetensors-goldens";

    private static readonly (string Image, string Text)[] _starts =
    [
        ("hf-resnet-basic", "plain"), ("hf-resnet-bottleneck", "gelu-new-eps-1e-5"), ("hf-resnet-basic", "relu-3-types"),
        ("hf-resnet-basic", "sharded"),
    ];

    [GoldenFact("safetensors-goldens")]
    public async Task RunAsync_EncodersOfTransformers_TrainsOnFromThem()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var made = new Dictionary<(string, string), (string Model, RecipeRun Run)>();
        using var scratch = new ScratchFolder();
        var data = GradientTrainingImages.Write(scratch);
        foreach (var start in _starts)
        {
            var run = Order(scratch, folder, data, start.Image, start.Text);
            await new ContrastiveRecipe("convirt", ContrastivePreset.Convirt).RunAsync(run, CancellationToken.None);
            made[start] = (run.ModelFolder, run);
        }

        GoldenCases.Run($"{Name}/start", _starts, s => $"{s.Image} {s.Text}", start =>
        {
            var (model, run) = made[start];
            using var scope = NewDisposeScope();
            using var opened = VisionLanguageModel.Open(model);
            Assert.Equal(ResNetFolderReader.ReadConfig(run.Plan.ImageWeights, File.ReadAllBytes).StageWidths,
                opened.ImageEncoder.Config.StageWidths);
            var text = BertFolderReader.ReadConfig(run.Plan.TextWeights, File.ReadAllBytes);
            Assert.Equal(text, opened.TextEncoder.Config);
            // Frozen, so what is exported is what came, in float16.
            var given = BertFolderReader.ReadWeights(run.Plan.TextWeights, text, File.OpenRead);
            var exported = Safetensors.Load(Path.Combine(model, VisionLanguageModel.WeightsFile)).Tensors;
            foreach (var (key, value) in given.Tensors)
                Assert.True(value.to_type(ScalarType.Float16).eq(exported["text." + key]).all().item<bool>(), key);
            Assert.Equal([$"text_weights '{run.Plan.TextWeights}': 2 tensors were not used: pooler.dense.bias, pooler.dense.weight"],
                run.Notes.All.Where(n => n.Contains("weights", StringComparison.Ordinal)));
            Assert.All(OnnxExportCheck.Run(model, OnnxRuntimeRunner.Run), d => Assert.True(d.Passed, d.ToString()));
        });
    }

    [GoldenFact("safetensors-goldens")]
    public async Task RunAsync_StartsThatDoNotFit_AreRefusedByFieldFileAndKey()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        using var scratch = new ScratchFolder();
        var data = GradientTrainingImages.Write(scratch);
        var order = Order(scratch, folder, data, "hf-resnet-basic", "plain");
        File.AppendAllText(Path.Combine(order.Plan.TextWeights, "vocab.txt"), "more\n");
        await RefusesAsync(order, "spec.text_weights", "config.json': vocab_size: is 120, and vocab.txt beside it has 121 pieces");

        order = Order(scratch, folder, data, "hf-resnet-basic", "heads-1");
        File.Delete(Path.Combine(order.Plan.TextWeights, "config.json"));
        await RefusesAsync(order, "spec.text_weights", "config.json: is missing");

        order = Order(scratch, folder, data, "hf-resnet-basic", "f16");
        order = order with { Plan = order.Plan with { ImageWeights = folder.Resolve("hf-resnet-basic/model.safetensors") } };
        await RefusesAsync(order, "spec.image_weights", "Give the folder of the file instead");
    }

    private static async Task RefusesAsync(RecipeRun order, string field, string problem)
    {
        var error = await Assert.ThrowsAsync<MeshException>(
            () => new ContrastiveRecipe("convirt", ContrastivePreset.Convirt).RunAsync(order, CancellationToken.None));
        Assert.Equal(field, error.Fields[0].Field);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static RecipeRun Order(ScratchFolder scratch, GoldenFolder goldens, string data, string image, string text)
    {
        var name = $"{image}-{text}";
        var folder = goldens.CopyFolder($"bert/{text}", scratch[$"{name}/text"]);
        string[] pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range('a', 26).SelectMany(c =>
            new[] { $"{(char)c}", $"##{(char)c}" }), ".", ",", .. Enumerable.Range(0, 61).Select(i => $"[unused{i}]")];
        File.WriteAllLines(Path.Combine(folder, "vocab.txt"), pieces);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"do_lower_case": true}""");
        var plan = new TrainingPlan("convirt", "test", [], "model", 5, null)
        {
            Sources = [new RadiographSource("folders", data)],
            ImageWeights = goldens.CopyFolder(image, scratch[$"{name}/image"]),
            TextWeights = folder,
            Frozen = ["text."],
        };
        return new RecipeRun(plan, scratch[$"{name}/work"], scratch[$"{name}/model"], new EntityListWriter(), new Progress<LoopProgress>());
    }

    private sealed class EntityListWriter : ICaptionWriter
    {
        public Task<string?> WriteAsync(IReadOnlyList<string> entities, ulong seed, CancellationToken cancellation) =>
            Task.FromResult<string?>(string.Join(", ", entities.Select(e => e.Split('/')[1].Replace('-', ' '))) + ".");
    }
}
