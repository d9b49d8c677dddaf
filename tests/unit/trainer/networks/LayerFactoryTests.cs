using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Networks;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Tests.Networks;

/// <summary>The traps of TorchSharp 0.107 and libtorch 2.10, kept shut.</summary>
[Collection("torch")]
public sealed class LayerFactoryTests
{
    [Fact]
    public void Norm_MadeOverLeftOverMemory_IsOnesAndZeros()
    {
        for (var i = 0; i < 20; i++)
        {
            Poison([96], [192]);
            using var norm = LayerFactory.CreateGroupNorm(96);
            Assert.All(norm.weight!.data<float>().ToArray(), v => Assert.Equal(1f, v));
            Assert.All(norm.bias!.data<float>().ToArray(), v => Assert.Equal(0f, v));
        }
    }

    [Fact]
    public void Networks_EveryGroupNorm_CameFromTheOnePlace()
    {
        using var unet = new UNet(UNetConfig.Test);
        using var judge = new QualityJudgeNetwork(QualityJudgeConfig.Test);
        GroupNorm[] norms = [.. unet.modules().Concat(judge.modules()).OfType<GroupNorm>()];
        Assert.NotEmpty(norms);
        Assert.All(norms, n => Assert.All(n.weight!.data<float>().ToArray(), v => Assert.Equal(1f, v)));
    }

    [Theory]
    [InlineData(16, 1)]
    [InlineData(16, 20)]
    [InlineData(16, 40)]
    [InlineData(24, 48)]
    public void Conv3_WidthsThatCanGiveWrongNumbers_AreRefused(int inputs, int outputs) =>
        Assert.Throws<ArgumentException>(() => LayerFactory.CreateConv3x3(inputs, outputs));

    [Theory]
    [InlineData(1, 16)]
    [InlineData(4, 32)]
    [InlineData(16, 48)]
    [InlineData(48, 96)]
    [InlineData(8, 128)]
    [InlineData(64, 96)]
    public void Conv3_AllocatorFullOfNaN_OutputAndInputGradientAreFinite(int inputs, int outputs)
    {
        using var conv = LayerFactory.CreateConv3x3(inputs, outputs);
        for (var i = 0; i < 40; i++)
        {
            using var scope = NewDisposeScope();
            Poison([4, inputs, 16, 16], [4, outputs, 16, 16], [outputs, inputs, 3, 3], [4, 64, 16, 16]);
            var x = randn([4, inputs, 16, 16], requires_grad: true);
            var y = conv.forward(x);
            y.square().sum().backward();
            Assert.True(isfinite(y).all().item<bool>() && isfinite(x.grad!).all().item<bool>(), $"call {i}");
        }
    }

    /// <summary>ResNet-50's, at the sizes where oneDNN's own gradient of a strided 1×1 convolution divides by zero.</summary>
    [Theory]
    [InlineData(256, 512, 56)]
    [InlineData(512, 1024, 28)]
    [InlineData(1024, 2048, 14)]
    public void Shortcut_OfStrideTwo_IsTheConvolutionAndHasAGradient(int inputs, int outputs, int side)
    {
        using var scope = NewDisposeScope();
        using var shortcut = LayerFactory.CreateShortcut(inputs, outputs, 2)!;
        var x = randn([16, inputs, side, side], requires_grad: true);
        var y = LayerFactory.ApplyShortcut(shortcut, x);
        y.square().sum().backward();
        using var _ = no_grad();
        Assert.True(isfinite(x.grad!).all().item<bool>());
        Assert.True((shortcut.forward(x) - y).abs().max().item<float>() < 1e-4);
    }

    [Fact]
    public void Step_Repeated_LeavesNoTensorBehind()
    {
        using var folder = new ScratchFolder();
        using var unet = new UNet(UNetConfig.Test);
        using var loop = new TrainingLoop("leak", new LoopSettings(12, 1e-3, CheckpointEvery: 100), 1, ModuleWeights.NamedParameters(unet),
            folder["leak.safetensors"], "leak");
        var counts = new List<long>();
        loop.Run(randomness =>
        {
            counts.Add(Tensor.TotalCount);
            return unet.forward(randn([2, 4, 16, 16], generator: randomness.NoiseGenerator), tensor([1L, 2L]), randn(2, 77, 32), ones(2, 1))
                .square().mean();
        }, 2, null, CancellationToken.None);
        Assert.True(counts[^1] <= counts[2], string.Join(' ', counts));
    }

    [Fact]
    public void Run_GradientNeverFinite_SkipsAndThenStops()
    {
        using var folder = new ScratchFolder();
        using var weight = ones(2, requires_grad: true);
        var weights = new Dictionary<string, Tensor> { ["w"] = weight };
        using var loop = new TrainingLoop("nan", new LoopSettings(100, 1e-3), 1, weights, folder["nan.safetensors"], "nan");
        Assert.Throws<ArithmeticException>(() => loop.Run(_ => (weight * float.NaN).sum(), 1, null, CancellationToken.None));
        Assert.Equal(TrainingLoop.MostSkipped + 1, loop.Skipped);
        Assert.Equal([1f, 1f], weight.data<float>().ToArray());
    }

    /// <summary>Frees memory full of NaN in the sizes that the next call will ask for.</summary>
    private static void Poison(params long[][] shapes)
    {
        foreach (var shape in shapes)
        {
            Tensor[] left = [.. Enumerable.Range(0, 8).Select(_ => full(shape, float.NaN))];
            foreach (var tensor in left)
                tensor.Dispose();
        }
    }
}
