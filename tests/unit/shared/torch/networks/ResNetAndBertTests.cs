using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Networks;

/// <summary>ResNet and BERT block by block against their formulas, and files in the public layout.</summary>
[Collection("torch")]
public sealed class ResNetAndBertTests
{
    [Theory]
    [InlineData(false, new[] { 3, 3 })]
    [InlineData(true, new[] { 1, 3, 1 })]
    public void ResNet_EveryBlock_EqualsItsFormula(bool bottleneck, int[] kernels)
    {
        using var scope = NewDisposeScope();
        using var network = new ResNet(new ResNetConfig([2, 1, 2, 1], bottleneck, 16));
        Shake(network);
        var formula = new FormulaNetworks(ModuleWeights.NamedState(network));
        var image = Numbers("image", 1, 3, 33, 20);
        var (regions, features) = network.forward(image);

        var h = FormulaNetworks.Pool(FormulaNetworks.Relu(formula.Norm("bn1", formula.Conv("conv1", Cube(image), 7, 2))));
        foreach (var (stage, block) in new[] { (1, 0), (1, 1), (2, 0), (3, 0), (3, 1) })
            h = formula.Block($"layer{stage}.{block}", h, kernels, stage > 1 && block == 0 ? 2 : 1);
        Near(h.Cast<double>(), regions);
        h = formula.Block("layer4.0", h, kernels, 2);
        var positions = h.GetLength(1) * h.GetLength(2);
        Near(h.Cast<double>().Chunk(positions).Select(c => c.Average()), features);
    }

    [Fact]
    public void Bert_EveryState_EqualsItsFormula()
    {
        using var scope = NewDisposeScope();
        using var network = new Bert(new BertConfig(40, 24, 2, 3, 40, 12, 0.1));
        Shake(network);
        var formula = new FormulaNetworks(ModuleWeights.NamedState(network));
        int[] ids = [2, 17, 5, 39, 0, 0];
        var states = network.forward(tensor([.. ids.Select(i => (long)i)]).unsqueeze(0),
            tensor([.. ids.Select((_, t) => t < 4)]).unsqueeze(0));

        var h = formula.Embed(ids, 24);
        Near(h.SelectMany(r => r), states[0]);
        for (var layer = 0; layer < 2; layer++)
        {
            h = formula.BertLayer($"encoder.layer.{layer}", h, 3, 4);
            Near(h.SelectMany(r => r), states[layer + 1]);
        }
    }

    [Fact]
    public void ReadTorchvision_FileWithClassifier_FillsTheNetworkAndNamesWhatIsLeft()
    {
        using var folder = new ScratchFolder();
        using var resnet = new ResNet(ResNetConfig.Tiny);
        using var other = new ResNet(ResNetConfig.Tiny);
        var vision = Saved(folder["vision.safetensors"], resnet, "", ("fc.weight", new long[] { 1000, 128 }),
            ("fc.bias", new long[] { 1000 }));

        var weights = ResNetFolderReader.ReadTorchvision(vision);
        ModuleWeights.Load(other, weights.Tensors);

        Same(resnet, other);
        Assert.Equal("2 tensors were not used: fc.bias, fc.weight", weights.DescribeUnused());
        Assert.Contains("'fc.bias'", Assert.Throws<InvalidDataException>(() => ModuleWeights.Load(other, vision)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OtherShape_NamesTheKeyAndBothShapes()
    {
        using var folder = new ScratchFolder();
        using var narrow = new Bert(BertConfig.Tiny(50));
        using var wide = new Bert(BertConfig.Tiny(60));
        var tensors = Saved(folder["narrow.safetensors"], narrow, "");
        var wrong = Assert.Throws<InvalidDataException>(() => ModuleWeights.Load(wide, tensors));
        Assert.Equal("'embeddings.word_embeddings.weight': the network has shape [60, 128], the weights have [50, 128]", wrong.Message);
    }

    /// <summary>Float64, no dropout, and no weight or running figure at its start.</summary>
    private static void Shake(nn.Module network)
    {
        network.eval();
        network.to(ScalarType.Float64);
        using var _ = no_grad();
        foreach (var (name, value) in ModuleWeights.NamedState(network).Where(s => s.Value.is_floating_point()))
            value.add_(0.1 * Numbers(name, value.shape).abs());
    }

    private static Tensor Numbers(string name, params long[] shape)
    {
        var random = RandomSource.Create(1, name, 0);
        return tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextNormal())]).reshape(shape);
    }

    private static double[,,] Cube(Tensor x)
    {
        var (numbers, shape) = (x.data<double>().ToArray(), x.shape);
        var cube = new double[shape[1], shape[2], shape[3]];
        Buffer.BlockCopy(numbers, 0, cube, 0, numbers.Length * sizeof(double));
        return cube;
    }

    private static void Near(IEnumerable<double> expected, Tensor actual)
    {
        double[] wanted = [.. expected];
        var got = actual.detach().contiguous().data<double>().ToArray();
        Assert.Equal(wanted.Length, got.Length);
        for (var i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i], got[i], 1e-8 * Math.Max(1, Math.Abs(wanted[i])));
    }

    private static Dictionary<string, Tensor> Saved(string path, nn.Module network, string prefix,
        params (string Name, long[] Shape)[] more)
    {
        var tensors = ModuleWeights.NamedState(network, prefix);
        foreach (var (name, shape) in more)
            tensors[name] = rand(shape);
        Safetensors.Save(path, tensors);
        return Safetensors.Load(path).Tensors;
    }

    private static void Same(nn.Module a, nn.Module b)
    {
        var other = ModuleWeights.NamedState(b);
        Assert.All(ModuleWeights.NamedState(a), s => Assert.True(s.Value.equal(other[s.Key]).all().item<bool>(), s.Key));
    }
}
