using SynCxr.Mesh.Torch.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Networks;

/// <summary>Sizes of a residual network.</summary>
/// <param name="Blocks">Blocks of each of the four stages.</param>
/// <param name="Bottleneck">Blocks of three convolutions that widen four times, instead of two.</param>
/// <param name="Width">Channels of the stem and, without <see cref="StageWidths"/>, of the first stage.</param>
public sealed record ResNetConfig(IReadOnlyList<int> Blocks, bool Bottleneck, int Width)
{
    /// <summary>
    /// Channels that each of the four stages gives, multiples of 4 with bottlenecks; empty: the first stage's as wide as the stem, each
    /// further one's twice as wide, and with bottlenecks four times that.
    /// </summary>
    public IReadOnlyList<int> StageWidths { get; init; } = [];

    public static ResNetConfig ResNet18 { get; } = new([2, 2, 2, 2], false, 64);

    public static ResNetConfig ResNet50 { get; } = new([3, 4, 6, 3], true, 64);

    /// <summary>ResNet-18 of a quarter of the width, for two cores.</summary>
    public static ResNetConfig Tiny { get; } = new([2, 2, 2, 2], false, 16);

    /// <summary>Channels that stage <paramref name="stage"/> (0 to 3) gives.</summary>
    public int Channels(int stage) => StageWidths.Count > 0 ? StageWidths[stage] : (Width << stage) * (Bottleneck ? 4 : 1);
}

/// <summary>
/// ResNet (He et al. 2016) with torchvision's parameter names, without its classifier: the stride of a bottleneck is in its 3×3
/// convolution (v1.5), as there.
/// </summary>
public sealed class ResNet : Module<Tensor, (Tensor Regions, Tensor Features)>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Sequential layer1;
    private readonly Sequential layer2;
    private readonly Sequential layer3;
    private readonly Sequential layer4;

    public ResNet(ResNetConfig config)
        : base(nameof(ResNet))
    {
        Config = config;
        conv1 = Conv2d(3, config.Width, kernel_size: 7, stride: 2, padding: 3L, bias: false);
        bn1 = BatchNorm2d(config.Width);
        layer1 = Stage(0);
        layer2 = Stage(1);
        layer3 = Stage(2);
        layer4 = Stage(3);
        RegisterComponents();
        foreach (var conv in modules().OfType<Conv2d>())
            init.kaiming_normal_(conv.weight!, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
    }

    public ResNetConfig Config { get; }

    /// <param name="pixels">[B, 3, H, W], standardised; or [B, 1, H, W], which stands for three equal channels.</param>
    /// <returns>What the third stage gives, [B, C3, H/16, W/16] rounded up, and the mean of what the fourth gives, [B, C4].</returns>
    public override (Tensor Regions, Tensor Features) forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var stages = Stages(pixels);
        return (stages[3].MoveToOuterDisposeScope(), stages[4].mean([2, 3]).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// What the stem gives before its pooling, [B, W, H/2, W/2], and what each of the four stages gives, at a quarter to a 32nd of the
    /// side.
    /// </summary>
    public IReadOnlyList<Tensor> Stages(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var stem = functional.relu(bn1.forward(Stem(pixels)));
        var stages = new List<Tensor> { stem };
        var h = functional.max_pool2d(stem, 3, 2, 1);
        foreach (var stage in new[] { layer1, layer2, layer3, layer4 })
            stages.Add(h = stage.forward(h));
        return [.. stages.Select(s => s.MoveToOuterDisposeScope())];
    }

    /// <summary>
    /// A gray image would be three equal channels; convolving one channel with the sum of the kernels gives the same for a third of the
    /// work.
    /// </summary>
    private Tensor Stem(Tensor pixels) => pixels.shape[1] == 3
        ? conv1.forward(pixels)
        : functional.conv2d(pixels, conv1.weight!.sum(1, keepdim: true), strides: [2, 2], padding: [3, 3]);

    /// <summary>Writes the stages' outputs, the stem's first.</summary>
    /// <param name="g">Under construction.</param>
    /// <param name="name">Prefix of the names of its weights, without a dot.</param>
    /// <param name="pixels">[B, 3, H, W].</param>
    public IReadOnlyList<string> Emit(OnnxGraphWriter g, string name, string pixels)
    {
        var stem = g.Op("Relu", g.BatchNorm($"{name}.bn1", bn1, g.Conv($"{name}.conv1", conv1, pixels)));
        var outputs = new List<string> { stem };
        var h = g.MaxPool(stem);
        foreach (var (stage, number) in new[] { layer1, layer2, layer3, layer4 }.Select((s, i) => (s, i + 1)))
        {
            foreach (var (block, module) in stage.named_children())
                h = ((IOnnxBlock)module).Emit(g, $"{name}.layer{number}.{block}", h);
            outputs.Add(h);
        }

        return outputs;
    }

    private Sequential Stage(int stage)
    {
        var outputs = Config.Channels(stage);
        var inner = Config.Bottleneck ? outputs / 4 : outputs;
        var inputs = stage == 0 ? Config.Width : Config.Channels(stage - 1);
        return Sequential([.. Enumerable.Range(0, Config.Blocks[stage]).Select(i =>
        {
            var (from, stride) = i == 0 ? (inputs, stage == 0 ? 1 : 2) : (outputs, 1);
            return (i.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Config.Bottleneck ? (Module<Tensor, Tensor>)new Bottleneck(from, inner, stride) : new BasicBlock(from, inner, stride));
        })]);
    }
}

/// <summary>A block that can add itself to an ONNX graph.</summary>
internal interface IOnnxBlock
{
    string Emit(OnnxGraphWriter g, string name, string x);
}

/// <summary>Two 3×3 convolutions.</summary>
internal sealed class BasicBlock : Module<Tensor, Tensor>, IOnnxBlock
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Sequential? downsample;

    public BasicBlock(int inputs, int width, int stride)
        : base(nameof(BasicBlock))
    {
        conv1 = LayerFactory.CreateForeignConv3x3(inputs, width, stride);
        bn1 = BatchNorm2d(width);
        conv2 = LayerFactory.CreateForeignConv3x3(width, width);
        bn2 = BatchNorm2d(width);
        downsample = LayerFactory.CreateShortcut(inputs, width, stride);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = functional.relu(bn1.forward(LayerFactory.ApplyConv3x3(conv1, x)));
        h = bn2.forward(LayerFactory.ApplyConv3x3(conv2, h)) + LayerFactory.ApplyShortcut(downsample, x);
        return functional.relu(h).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x)
    {
        var h = g.Op("Relu", g.BatchNorm($"{name}.bn1", bn1, g.Conv($"{name}.conv1", conv1, x)));
        h = g.BatchNorm($"{name}.bn2", bn2, g.Conv($"{name}.conv2", conv2, h));
        return g.Op("Relu", g.Add(h, LayerFactory.EmitShortcut(g, $"{name}.downsample", downsample, x)));
    }
}

/// <summary>1×1, 3×3, 1×1, four times as wide at the end.</summary>
internal sealed class Bottleneck : Module<Tensor, Tensor>, IOnnxBlock
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Conv2d conv3;
    private readonly BatchNorm2d bn3;
    private readonly Sequential? downsample;

    public Bottleneck(int inputs, int width, int stride)
        : base(nameof(Bottleneck))
    {
        conv1 = Conv2d(inputs, width, kernel_size: 1, bias: false);
        bn1 = BatchNorm2d(width);
        conv2 = LayerFactory.CreateForeignConv3x3(width, width, stride);
        bn2 = BatchNorm2d(width);
        conv3 = Conv2d(width, 4 * width, kernel_size: 1, bias: false);
        bn3 = BatchNorm2d(4 * width);
        downsample = LayerFactory.CreateShortcut(inputs, 4 * width, stride);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = functional.relu(bn1.forward(conv1.forward(x)));
        h = functional.relu(bn2.forward(LayerFactory.ApplyConv3x3(conv2, h)));
        h = bn3.forward(conv3.forward(h)) + LayerFactory.ApplyShortcut(downsample, x);
        return functional.relu(h).MoveToOuterDisposeScope();
    }

    public string Emit(OnnxGraphWriter g, string name, string x)
    {
        var h = g.Op("Relu", g.BatchNorm($"{name}.bn1", bn1, g.Conv($"{name}.conv1", conv1, x)));
        h = g.Op("Relu", g.BatchNorm($"{name}.bn2", bn2, g.Conv($"{name}.conv2", conv2, h)));
        h = g.BatchNorm($"{name}.bn3", bn3, g.Conv($"{name}.conv3", conv3, h));
        return g.Op("Relu", g.Add(h, LayerFactory.EmitShortcut(g, $"{name}.downsample", downsample, x)));
    }
}
