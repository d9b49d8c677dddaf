using SynCxr.Mesh.Torch.Export;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SynCxr.Mesh.Torch.Networks;

/// <summary>
/// Creates every convolution and norm, because three of those of libtorch 2.10 compute wrong numbers or fail; each method says which.
/// </summary>
internal static class LayerFactory
{
    /// <summary>The channels of a 3×3 convolution must be a multiple of this; fewer input channels are safe too.</summary>
    public const int ChannelMultiple = 16;

    /// <summary>
    /// A 3×3 convolution with padding 1. On CPU oneDNN multiplies uninitialised padding by zero: the input gradient is wrong now and then
    /// unless the output channels are a multiple of 16, and on some processors (AVX-512 of AMD's Zen 5) so is the output itself where more
    /// than 16 input channels are not a multiple of 16. Such widths throw; end a network with <see cref="CreateConv1x1"/>.
    /// </summary>
    public static Conv2d CreateConv3x3(int inputs, int outputs, int stride = 1, bool bias = true)
    {
        if (outputs % ChannelMultiple != 0)
            throw new ArgumentException($"A 3x3 convolution needs a multiple of {ChannelMultiple} output channels, not {outputs}",
                nameof(outputs));
        if (inputs > ChannelMultiple && inputs % ChannelMultiple != 0)
            throw new ArgumentException(
                $"A 3x3 convolution needs at most {ChannelMultiple} input channels or a multiple of it, not {inputs}", nameof(inputs));
        return Conv2d(inputs, outputs, kernel_size: 3, stride: stride, padding: 1L, bias: bias);
    }

    /// <summary>
    /// The same for a width that foreign weights have, which may be none of these: to be applied by <see cref="ApplyConv3x3"/> alone.
    /// </summary>
    public static Conv2d CreateForeignConv3x3(int inputs, int outputs, int stride = 1) =>
        Conv2d(inputs, outputs, kernel_size: 3, stride: stride, padding: 1L, bias: false);

    /// <summary>
    /// Applies a 3×3 convolution without bias. Where its width is no multiple of <see cref="ChannelMultiple"/>, it is filled up with
    /// channels of zeros, which change nothing, and those are cut off again.
    /// </summary>
    /// <param name="x">[B, C, H, W].</param>
    /// <returns>[B, O, H', W'].</returns>
    public static Tensor ApplyConv3x3(Conv2d conv, Tensor x)
    {
        var (outputs, inputs) = (conv.weight!.shape[0], conv.weight.shape[1]);
        var (moreOutputs, moreInputs) = (Missing(outputs), inputs > ChannelMultiple ? Missing(inputs) : 0);
        if (moreOutputs + moreInputs == 0)
            return conv.forward(x);
        using var scope = NewDisposeScope();
        var kernels = functional.pad(conv.weight, [0, 0, 0, 0, 0, moreInputs, 0, moreOutputs]);
        var filled = moreInputs == 0 ? x : functional.pad(x, [0, 0, 0, 0, 0, moreInputs]);
        var strides = new[] { conv.stride[0], conv.stride[0] };
        return functional.conv2d(filled, kernels, strides: strides, padding: [1, 1]).narrow(1, 0, outputs).MoveToOuterDisposeScope();

        static long Missing(long channels) => (ChannelMultiple - (channels % ChannelMultiple)) % ChannelMultiple;
    }

    /// <summary>A 1×1 convolution; any width.</summary>
    public static Conv2d CreateConv1x1(int inputs, int outputs) => Conv2d(inputs, outputs, kernel_size: 1);

    /// <summary>
    /// The projection of a residual shortcut, needed where width or side change; else null. Named as torchvision names it.
    /// </summary>
    public static Sequential? CreateShortcut(int inputs, int outputs, int stride) => inputs == outputs && stride == 1
        ? null
        : Sequential(("0", Conv2d(inputs, outputs, kernel_size: 1, stride: stride, bias: false)), ("1", BatchNorm2d(outputs)));

    /// <summary>
    /// Applies the shortcut that <see cref="CreateShortcut"/> created. A 1×1 convolution of stride 2 reads every second place only, so
    /// those are taken first: oneDNN's gradient of the strided one ends the process with a division by zero at some sizes (ResNet-50, 224²,
    /// batch 16).
    /// </summary>
    public static Tensor ApplyShortcut(Sequential? downsample, Tensor x)
    {
        if (downsample is null)
            return x;
        using var scope = NewDisposeScope();
        var conv = (Conv2d)downsample[0];
        var norm = (BatchNorm2d)downsample[1];
        var every = TensorIndex.Slice(null, null, conv.stride[0]);
        var seen = conv.stride[0] == 1 ? x : x[TensorIndex.Ellipsis, every, every];
        return norm.forward(functional.conv2d(seen, conv.weight!)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Adds the shortcut that <see cref="CreateShortcut"/> created to an ONNX graph; returns the input itself where there is none.
    /// </summary>
    public static string EmitShortcut(OnnxGraphWriter g, string name, Sequential? downsample, string x) => downsample is null
        ? x
        : g.BatchNorm($"{name}.1", (BatchNorm2d)downsample[1], g.Conv($"{name}.0", (Conv2d)downsample[0], x));

    /// <summary>Group norm with ones and zeros: TorchSharp 0.107 leaves both uninitialised.</summary>
    public static GroupNorm CreateGroupNorm(int channels, int groups = 8)
    {
        var norm = GroupNorm(groups, channels);
        using (no_grad())
        {
            norm.weight!.fill_(1f);
            norm.bias!.fill_(0f);
        }

        return norm;
    }

    /// <summary>Sets every weight of a layer to zero, so that a residual branch adds nothing at first.</summary>
    public static T InitialiseToZero<T>(T layer)
        where T : Module
    {
        using var _ = no_grad();
        foreach (var parameter in layer.parameters())
            parameter.fill_(0f);
        return layer;
    }

    /// <summary>Doubles height and width, nearest neighbour.</summary>
    public static Tensor UpsampleNearest(Tensor x) => functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
}
