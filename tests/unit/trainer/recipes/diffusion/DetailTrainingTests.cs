using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Networks;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Recipes.Diffusion;
using SynCxr.Mesh.Trainer.Tokenizer;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Tests.Recipes.Diffusion;

/// <summary>The parts of a generator's training that a preset with detail adds.</summary>
[Collection("torch")]
public sealed class DetailTrainingTests
{
    private static readonly DetailSettings _settings = LatentDiffusionPreset.SmallTest.Detail!;

    [Fact]
    public void Train_ToyImages_LossFallsAndLatentsHaveDeviationOne()
    {
        using var folder = new ScratchFolder();
        var read = ImageFolderReader.Read([GradientImages.WriteFolder(folder["train"], count: 12)], 72);
        var images = read.Resize(64);
        var windows = new ImageWindows(read, 64, 0.9);
        var losses = new List<double>();
        var run = new RecipeRun(new TrainingPlan("latent-diffusion", "small-test", [], "m", 1, null), folder["work"], folder["model"],
            new NoCaptions(), new Reporter(p => losses.Add(p.Loss)));
        using var features = new QualityJudgeNetwork(QualityJudgeConfig.Test);
        using var detail = new DetailLoss(_settings with { AdversarialFrom = 1000 }, features, 1);
        using var autoencoder = new AutoencoderTrainer(VaeConfig.SmallTest, 1, detail);
        autoencoder.Train(images, windows, new LoopSettings(Steps: 60, LearningRate: 2e-3, WarmUp: 5), 4, run, CancellationToken.None);
        using var latents = autoencoder.Encode(images, windows, each: 2, seed: 1);

        Assert.True(losses[^1] < 0.7 * losses[0], $"{losses[0]} to {losses[^1]}");
        Assert.Equal([36L, 8, 8, 8], latents.shape);
        Assert.All(latents.mean([0, 2, 3]).data<float>().ToArray(), m => Assert.Equal(0, m, 3));
        Assert.All(latents.std([0, 2, 3], unbiased: false).data<float>().ToArray(), d => Assert.Equal(1, d, 3));
        Assert.InRange(autoencoder.Error, 0, 0.25);
    }

    [Fact]
    public void Windows_OfAnImage_AreItsPartsAndThoseOfAStepAreTheSameAgain()
    {
        byte[] ramp = [.. Enumerable.Range(0, 64 * 64).Select(p => (byte)(p % 64))]; // column x is x
        var images = new ImageSet(64, [new TrainingImage("a", "s", 64, [], null)], ramp);
        var windows = new ImageWindows(images, 32, 0.75);
        for (var i = 0; i < 20; i++)
        {
            var window = windows.Sample(0, RandomSource.Create(1, "w", i)).Select(p => p * 255).ToArray();
            Assert.True(window[31] - window[0] is > 0.7f * 62 and < 63, "narrower than 0.75 of the image, or wider than it");
            Assert.All(Enumerable.Range(1, 31), x => Assert.True(window[x] >= window[x - 1]));
            Assert.Equal(window, windows.Sample(0, RandomSource.Create(1, "w", i)).Select(p => p * 255));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.5 / 400)]
    [InlineData(401, 0.5)]
    [InlineData(4000, 0.5)]
    public void WithDiscriminator_AtAStep_PullsTheImageByItsShareOfTheOtherLosses(long step, double share)
    {
        using var scope = NewDisposeScope();
        using var features = new QualityJudgeNetwork(QualityJudgeConfig.Test);
        using var detail = new DetailLoss(_settings, features, 1); // from step 2
        var real = rand(2, 1, 64, 64) * 2f - 1f;
        var start = rand(2, 1, 64, 64) * 2f - 1f;
        var decoded = start.clone().requires_grad_(true);
        (decoded - real).abs().mean().backward();
        var plain = decoded.grad!.clone();
        var both = start.clone().requires_grad_(true);
        detail.WithDiscriminator((both - real).abs().mean(), both, real, step).backward();

        Assert.Equal(share, ((both.grad! - plain).norm() / plain.norm()).item<float>(), 1e-4);
        Assert.Equal(step >= 2, detail.Discriminator.parameters().All(p => p.grad is { } g && g.abs().sum().item<float>() > 0));
    }

    [Fact]
    public void Perceptual_OfAnImage_IsZeroForItselfAndMovesTheImageAlone()
    {
        using var scope = NewDisposeScope();
        using var features = new QualityJudgeNetwork(QualityJudgeConfig.Test);
        using var detail = new DetailLoss(_settings, features, 1);
        var real = rand(2, 1, 64, 64) * 2f - 1f;
        var other = (real + 0.1f * randn(2, 1, 64, 64)).requires_grad_(true);
        Assert.Equal(0, detail.Perceptual(real, real).item<float>(), 1e-6);
        var loss = detail.Perceptual(other, real);
        loss.backward();
        Assert.True(loss.item<float>() > 0.001f && other.grad!.abs().sum().item<float>() > 0);
        Assert.All(features.parameters(), p => Assert.Null(p.grad));
    }

    [Fact]
    public void KernelDistance_OfSets_IsTheUnbiasedEstimateOfThePaper()
    {
        var random = RandomSource.Create(1, "rows", 0);
        var (x, y) = (Rows(7, 0), Rows(5, 0.5));
        var expected = Mean(x, x, true) + Mean(y, y, true) - 2 * Mean(x, y, false);
        Assert.Equal(expected, GeneratorSelection.KernelDistance(Matrix(x), Matrix(y)), 1e-9);

        double[][] Rows(int n, double shift) =>
            [.. Enumerable.Range(0, n).Select(_ => new[] { 0, 1, 2 }.Select(_ => (double)(float)(random.NextNormal() + shift)).ToArray())];
        static HalfMatrix Matrix(double[][] rows) => new(rows.Length, 3, [.. rows.SelectMany(r => r).Select(v => (float)v)]);
        static double Mean(double[][] a, double[][] b, bool distinct) =>
            (from i in Enumerable.Range(0, a.Length)
             from j in Enumerable.Range(0, b.Length)
             where !distinct || i != j
             select Math.Pow(a[i].Zip(b[j], (p, q) => p * q).Sum() / 3 + 1, 3)).Average();
    }

    [Fact]
    public async Task Measure_AtTheLastStep_KeepsTheAveragedWeightsAndLeavesTheTrainersOwn()
    {
        using var folder = new ScratchFolder();
        var held = ImageFolderReader.Read([GradientImages.WriteFolder(folder["held"], count: 4)], 64);
        var captions = await CaptionSet.WriteAsync([.. held.Images.Select(i => new CaptionSubject(i.Id, "Clear lungs.", _ => null))],
            new NoCaptions(), 1, folder["captions.tsv"], new Reporter(_ => { }), CancellationToken.None);
        using var features = new QualityJudgeNetwork(QualityJudgeConfig.Test);
        using var decoder = new VaeDecoder(VaeConfig.SmallTest);
        var selection = new GeneratorSelection(_settings, features, decoder, held, captions, folder["best.safetensors"], 1);
        using var trainer = new DiffusionTrainer(LatentDiffusionPreset.SmallTest, ClipMerges.TrimTo(captions.Texts), 1);
        var weights = ModuleWeights.NamedParameters(trainer.Text, "text.").Concat(ModuleWeights.NamedParameters(trainer.UNet, "unet."))
            .ToDictionary(StringComparer.Ordinal);
        using var loop = new TrainingLoop("unet", new LoopSettings(3, 1e-2), 1, weights, folder["unet.safetensors"], "");
        loop.Run(_ => weights.Values.Select(w => w.square().sum()).Aggregate((a, b) => a + b), 1, null, CancellationToken.None);
        var own = weights.ToDictionary(w => w.Key, w => w.Value.data<float>().ToArray());

        Assert.Equal(double.PositiveInfinity, selection.BestDistance);
        Assert.True(selection.Measure(trainer, loop, steps: 4)); // not the last step, and the third is no multiple of two
        Assert.Equal(double.PositiveInfinity, selection.BestDistance);
        Assert.True(selection.Measure(trainer, loop, steps: 3));
        Assert.Equal((3L, loop.ValidationLoss!.Value), (selection.BestStep, selection.BestDistance));
        Assert.All(weights, w => Assert.Equal(own[w.Key], w.Value.data<float>().ToArray()));
        Assert.All(selection.ReadBest(), b => Assert.Equal(loop.AveragedWeights[b.Key].data<float>().ToArray(),
            b.Value.data<float>().ToArray()));
        Assert.Contains(own, w => !w.Value.SequenceEqual(loop.AveragedWeights[w.Key].data<float>().ToArray()));
    }

    [Fact]
    public void MinSnrWeights_OfATimestep_IsMinOfSnrAndGammaOverSnrPlusOne()
    {
        using var scope = NewDisposeScope();
        long[] steps = [0, 200, 500, 999];
        var weights = TrainingNoiseSchedule.MinSnrWeights(tensor(steps), 5).flatten().data<float>().ToArray();
        for (var i = 0; i < steps.Length; i++)
        {
            var a = TrainingNoiseSchedule.AlphasCumprod[(int)steps[i]];
            var snr = a / (1 - a);
            Assert.Equal(Math.Min(snr, 5) / (snr + 1), weights[i], 1e-5);
        }
    }

    private sealed class NoCaptions : ICaptionWriter
    {
        public Task<string?> WriteAsync(IReadOnlyList<string> entities, ulong seed, CancellationToken cancellation) =>
            throw new InvalidOperationException("no caption is needed here");
    }

    private sealed class Reporter(Action<LoopProgress> report) : IProgress<LoopProgress>
    {
        public void Report(LoopProgress value) => report(value);
    }
}
