using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Pairs;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Recipes.Contrastive;
using SynCxr.Mesh.Trainer.Tests.Export;
using SynCxr.Mesh.Trainer.Tokenizer;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Tests.Recipes;

/// <summary>The recipes <c>convirt</c> and <c>gloria</c>: do they learn what is there, and nothing where nothing is?</summary>
[Collection("torch")]
public sealed class ContrastiveRecipeTests
{
    private const int Few = 8;

    private static readonly string[] _reports =
    [
        "The lungs are clear.", "Large right pleural effusion.", "Cardiomegaly.", "Left pneumothorax.", "Diffuse interstitial opacities.",
        "Nodule in the left upper lobe.",
        "Lobar consolidation consistent with pneumonia.", "Hiatal hernia.",
    ];

    public static TheoryData<string, int> Methods { get; } = new() { { "convirt", 2 }, { "gloria", 4 } };

    [Theory]
    [MemberData(nameof(Methods))]
    public void Run_EightPairs_AreLearntByHeart(string method, int terms) =>
        Assert.InRange(LossOf(method, terms, 250, shuffled: false), 0, 0.05);

    [Theory]
    [MemberData(nameof(Methods))]
    public void Run_PairingShuffledEachStep_NothingIsLearnt(string method, int terms) =>
        Assert.InRange(LossOf(method, terms, 250, shuffled: true), 0.9 * Math.Log(Few), 3);

    [Theory]
    [InlineData("convirt")]
    [InlineData("gloria")]
    public async Task RunAsync_StoppedAndResumed_MakesTheSameModel(string name)
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        await Recipe(name).RunAsync(Order(folder, data, name, "whole", _ => { }), CancellationToken.None);

        using var stop = new CancellationTokenSource();
        var first = Order(folder, data, name, "parts", p =>
        {
            if (p.Phase == "contrast" && p.Step == 3)
                stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Recipe(name).RunAsync(first, stop.Token));
        var steps = new List<long>();
        await Recipe(name).RunAsync(Order(folder, data, name, "parts", p => steps.AddRange(p.Phase == "contrast" ? [p.Step] : [])),
            CancellationToken.None);

        Assert.Equal(4, steps[0]);
        Assert.Equal(ModelFolder.Open(folder["whole/model"]).Digest, ModelFolder.Open(folder["parts/model"]).Digest);
        Assert.All(OnnxExportCheck.Run(folder["whole/model"], OnnxRuntimeRunner.Run), d => Assert.True(d.Passed, d.ToString()));
    }

    [Fact]
    public async Task RunAsync_ValidationSharesAPatient_IsRefusedWithTheCount()
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        var order = Order(folder, data, "convirt", "overlap", _ => { });
        order = order with { Plan = order.Plan with { Validation = [new RadiographSource("folders", data)] } };
        var error = await Assert.ThrowsAsync<MeshException>(() => Recipe("convirt").RunAsync(order, CancellationToken.None));
        Assert.Equal("spec.validation[0]", error.Fields[0].Field);
        Assert.Contains("12 of its 12 images are in the training data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_LabelThatNoVocabularyKnows_IsRefusedByName()
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        Directory.Move(Directory.GetDirectories(data)[0], Path.Combine(data, "purple"));
        var error = await Assert.ThrowsAsync<MeshException>(
            () => Recipe("convirt").RunAsync(Order(folder, data, "convirt", "purple", _ => { }), CancellationToken.None));
        Assert.Equal("spec.sources[0].labels", error.Fields[0].Field);
        Assert.Contains("purple", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WeightsOfAnotherModel_ItsImagesCountAsSeen()
    {
        using var folder = new ScratchFolder();
        using var other = new ScratchFolder();
        var order = Order(other, GradientTrainingImages.Write(other), "convirt", "first", _ => { });
        await Recipe("convirt").RunAsync(order, CancellationToken.None);
        var first = order.ModelFolder;
        var data = GradientTrainingImages.Write(folder);
        foreach (var (i, image) in Directory.GetFiles(data, "*.png", SearchOption.AllDirectories).Index())
            File.WriteAllBytes(image,
                ImageCodec.EncodePng(new GrayImage(80, 80, [.. Enumerable.Range(0, 80 * 80).Select(p => (byte)(p % 80 * 3 + i))])));
        order = Order(folder, data, "convirt", "second", _ => { });
        await Recipe("convirt")
            .RunAsync(order with { Plan = order.Plan with { ImageWeights = Path.Combine(first, "weights.safetensors") } },
                CancellationToken.None);

        var (before, after) = (File.ReadAllLines(Path.Combine(first, "trained-on.tsv")),
            File.ReadAllLines(Path.Combine(order.ModelFolder, "trained-on.tsv")));
        Assert.Subset(after.ToHashSet(), before.ToHashSet());
        Assert.True(after.Length > before.Length);
    }

    [Fact]
    public async Task RunAsync_WeightsOfAnotherShape_AreRefusedWithTheFieldTheKeyAndBothShapes()
    {
        using var folder = new ScratchFolder();
        using var wide = new ResNet(new ResNetConfig([1, 1, 1, 1], false, 32));
        Safetensors.Save(folder["wide.safetensors"], ModuleWeights.NamedState(wide));
        var order = Order(folder, GradientTrainingImages.Write(folder), "convirt", "wide", _ => { });
        var error = await Assert.ThrowsAsync<MeshException>(
            () => Recipe("convirt").RunAsync(order with { Plan = order.Plan with { ImageWeights = folder["wide.safetensors"] } },
                CancellationToken.None));
        Assert.Equal("spec.image_weights", error.Fields[0].Field);
        Assert.Matches(@"'[\w.]+': the network has shape \[.+\], the weights have \[.+\]", error.Message);
    }

    [Fact]
    public async Task RunAsync_FrozenImageEncoder_StaysAsItCame()
    {
        using var folder = new ScratchFolder();
        var data = GradientTrainingImages.Write(folder);
        using var start = new ResNet(new ResNetConfig([1, 1, 1, 1], false, 16));
        Safetensors.Save(folder["start.safetensors"], ModuleWeights.NamedState(start));
        var order = Order(folder, data, "convirt", "frozen", _ => { });
        var plan = order.Plan with { ImageWeights = folder["start.safetensors"], Frozen = ["image."] };
        await Recipe("convirt").RunAsync(order with { Plan = plan }, CancellationToken.None);

        using var scope = NewDisposeScope();
        var trained = Safetensors.Load(Path.Combine(order.ModelFolder, "weights.safetensors")).Tensors;
        foreach (var (name, value) in ModuleWeights.NamedParameters(start, "image."))
            Assert.True(value.to_type(ScalarType.Float16).eq(trained[name]).all().item<bool>(), name);

        order = Order(folder, data, "convirt", "unknown", _ => { });
        var error = await Assert.ThrowsAsync<MeshException>(
            () => Recipe("convirt").RunAsync(order with { Plan = plan with { Frozen = ["lung."] } }, CancellationToken.None));
        Assert.Equal("spec.frozen[0]", error.Fields[0].Field);
    }

    [Fact]
    public void At_MixOfThreeToOne_KeepsTheSharesAfterEverySample()
    {
        var mix = new PairMix([new PairMixPart(new Numbered(5, 0), 3), new PairMixPart(new Numbered(100, 1), 1)]);
        var taken = new int[2];
        for (var n = 0; n < 400; n++)
        {
            taken[mix.GetPair(n).Pixels.Span[0]]++;
            Assert.InRange(taken[0] - 0.75 * (n + 1), -1, 1);
        }

        Assert.Equal(0, mix.GetPair(0).Pixels.Span[0]);
        Assert.Equal([300, 100], taken);
    }

    [Fact]
    public void ByEpochs_SourcesOfOtherSizes_ArePassedThroughEquallyOften()
    {
        var (small, large) = (new Numbered(10, 0), new Numbered(90, 1));
        var mix = new PairMix(PairMix.ByEpochs([(small, 1), (large, 1)]));
        for (var n = 0; n < 300; n++)
            mix.GetPair(n);
        Assert.Equal((30, 270), (small.Asked, large.Asked));
    }

    private static double LossOf(string method, int terms, int steps, bool shuffled)
    {
        using var scope = NewDisposeScope();
        var tokenizer = new WordPieceTokenizer(WordPieceTrainer.Train(_reports, 200), lowerCase: true);
        var preset = (method == "convirt" ? ContrastivePreset.Convirt : ContrastivePreset.Gloria)["test"];
        using var phase = new ContrastiveTrainer(
            preset.Card with { Text = preset.Card.Text with { Vocabulary = tokenizer.VocabularySize } }, tokenizer, 4);
        var model = phase.Model;
        var side = model.Card.Side;
        var pixels = model.Standardise(rand(Few, 1, side, side));
        WordPieceTokens[] texts = [.. _reports.Select(r => tokenizer.Encode(r, 48))];
        var sum = 0.0;
        using var work = new ScratchFolder();
        using var loop = new TrainingLoop("few", new LoopSettings(steps, 2e-3, WarmUp: 10, CheckpointEvery: steps), 4, model.Parameters(),
            work["few.safetensors"], "few");
        model.SetTraining(true);
        loop.Run(randomness =>
        {
            torch.random.manual_seed((long)randomness.Random.NextUInt64());
            var order = shuffled ? randomness.Random.Permutation(Few) : [.. Enumerable.Range(0, Few)];
            var loss = model.Method.Loss(model.EncodeImages(pixels), model.EncodeTexts(TokenBatch.Pad([.. order.Select(i => texts[i])])))
                / terms;
            if (randomness.Step >= steps - 50)
                sum += loss.item<float>() / 50;
            return loss;
        }, Few, null, CancellationToken.None);
        return sum;
    }

    private static ContrastiveRecipe Recipe(string name) =>
        new(name, name == "convirt" ? ContrastivePreset.Convirt : ContrastivePreset.Gloria);

    private static RecipeRun Order(ScratchFolder folder, string data, string recipe, string run, Action<LoopProgress> report) => new(
        new TrainingPlan(recipe, "test", [], "model", 5, null) { Sources = [new RadiographSource("folders", data)] }, folder[$"{run}/work"],
        folder[$"{run}/model"], new Wording(), new Reporter(report));

    private sealed class Numbered(int count, byte mark) : IPairSequence
    {
        public int Count => count;

        public string Digest => $"{mark}";

        public int Asked { get; private set; }

        public TrainingPair GetPair(long position)
        {
            Asked++;
            return new TrainingPair(new[] { mark }, []);
        }
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
