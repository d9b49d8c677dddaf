using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Weights;
using TorchSharp.Modules;
using static SynCxr.Mesh.Models.Graphs.OnnxMessageFactory;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Export;

/// <summary>
/// Builds an ONNX graph of opset 17, operator by operator. Every method returns the name of the value that it adds. A weight is stored in
/// float16 under its checkpoint key and cast to float32 before it is used; the arithmetic is float32.
/// </summary>
public sealed class OnnxGraphWriter(string name)
{
    private readonly GraphProto _graph = new() { Name = name };
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Declares an input; a dimension is a number or the name of a dynamic axis.</summary>
    public string Input(string value, OnnxElementType type, params object[] shape)
    {
        _graph.Input.Add(Declare(value, type, shape));
        return value;
    }

    /// <summary>Declares <paramref name="value"/> an output called <paramref name="output"/>.</summary>
    public void Output(string output, string value, OnnxElementType type, params object[] shape)
    {
        _graph.Node.Add(new NodeProto { Input = { value }, Output = { output }, Name = output, OpType = "Identity" });
        _graph.Output.Add(Declare(output, type, shape));
    }

    /// <summary>An operator with one output and no attributes.</summary>
    public string Op(string type, params string[] inputs) => Node(type, inputs);

    public string Add(string a, string b) => Node("Add", [a, b]);

    public string Mul(string a, string b) => Node("Mul", [a, b]);

    public string MatMul(string a, string b) => Node("MatMul", [a, b]);

    public string Silu(string x) => Mul(x, Node("Sigmoid", [x]));

    public string Softmax(string x) => Node("Softmax", [x], Int("axis", -1));

    public string Concat(int axis, params string[] values) => Node("Concat", values, Int("axis", axis));

    public string Cast(string x, OnnxElementType type) => Node("Cast", [x], Int("to", (int)type));

    public string Transpose(string x, params long[] order) => Node("Transpose", [x], Ints("perm", order));

    public string Unsqueeze(string x, params int[] axes) => Node("Unsqueeze", [x, Shape(axes)]);

    /// <summary>0 keeps a dimension, -1 takes the rest.</summary>
    public string Reshape(string x, params int[] shape) => Node("Reshape", [x, Shape(shape)]);

    public string ReshapeLike(string x, string other) => Node("Reshape", [x, Node("Shape", [other])]);

    public string Mean(string x, int axis) => Node("ReduceMean", [x], Ints("axes", axis), Int("keepdims", 0));

    public string Max(string x, int axis) => Node("ReduceMax", [x], Ints("axes", axis), Int("keepdims", 0));

    /// <summary>Sum over an axis, which stays with length 1.</summary>
    public string Sum(string x, int axis) => Node("ReduceSum", [x, Shape(axis)], Int("keepdims", 1));

    /// <summary>Nearest neighbour, twice the height and width.</summary>
    public string UpsampleNearest(string x) => Node("Resize", [x, "", Constant([4], 1f, 1f, 2f, 2f)],
        Text("mode", "nearest"), Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor"));

    public string Conv(string key, Conv2d layer, string x)
    {
        var kernel = (int)layer.weight!.shape[2];
        var stride = (int)layer.stride[0];
        var pad = kernel / 2;
        string[] inputs = layer.bias is null ? [x, Parameter($"{key}.weight", layer.weight)]
            : [x, Parameter($"{key}.weight", layer.weight), Parameter($"{key}.bias", layer.bias)];
        return Node("Conv", inputs,
            Ints("kernel_shape", kernel, kernel), Ints("strides", stride, stride), Ints("pads", pad, pad, pad, pad));
    }

    /// <summary>Normalises with the running mean and variance, as a trained network does.</summary>
    public string BatchNorm(string key, BatchNorm2d layer, string x) => Node("BatchNormalization",
        [x, Parameter($"{key}.weight", layer.weight!), Parameter($"{key}.bias", layer.bias!),
            Parameter($"{key}.running_mean", layer.running_mean!), Parameter($"{key}.running_var", layer.running_var!)],
        Float("epsilon", (float)layer.eps));

    /// <summary>3×3, stride 2, padding 1.</summary>
    public string MaxPool(string x) => Node("MaxPool", [x], Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), Ints("pads", 1, 1, 1, 1));

    /// <summary>x Φ(x), by the error function.</summary>
    public string Gelu(string x) =>
        Mul(Mul(x, Constant(0.5f)), Add(Node("Erf", [Mul(x, Constant((float)(1 / Math.Sqrt(2))))]), Constant(1f)));

    /// <summary>Scales vectors to length 1 along the last axis.</summary>
    public string L2Normalise(string x) => Node("Div", [x, Node("Sqrt", [Add(Sum(Mul(x, x), -1), Constant(1e-16f))])]);

    /// <summary>Bilinear, corners on corners, to a square of <paramref name="side"/>.</summary>
    public string ResizeBilinear(string x, int channels, int side, string batch) =>
        Node("Resize", [x, "", "", Concat(0, batch, Shape(channels, side, side))],
        Text("mode", "linear"), Text("coordinate_transformation_mode", "align_corners"));

    /// <summary>The length of the first axis, as a list of one.</summary>
    public string BatchSize(string x) => Node("Shape", [x], Int("start", 0), Int("end", 1));

    /// <summary>As many rows of <paramref name="table"/> as <paramref name="ids"/> [B, T] has columns.</summary>
    public string PositionRows(string table, string ids) =>
        Node("Slice", [table, Shape(0), Node("Shape", [ids], Int("start", 1), Int("end", 2)), Shape(0)]);

    /// <summary>1 where <paramref name="x"/> is the integer, 0 elsewhere.</summary>
    public string EqualTo(string x, long value) => Cast(Node("Equal", [x, Constant(value)]), OnnxElementType.Float);

    /// <summary>x W' + b on the last axis.</summary>
    public string Linear(string key, Linear layer, string x)
    {
        var y = MatMul(x, Transpose(Parameter($"{key}.weight", layer.weight!), 1, 0));
        return layer.bias is null ? y : Add(y, Parameter($"{key}.bias", layer.bias));
    }

    public string LayerNorm(string key, LayerNorm layer, string x, float epsilon = 1e-5f) =>
        Node("LayerNormalization", [x, Parameter($"{key}.weight", layer.weight!), Parameter($"{key}.bias", layer.bias!)],
            Int("axis", -1), Float("epsilon", epsilon));

    /// <summary>Opset 17 has no group norm: an instance norm over [B, groups, rest], then scale and shift by channel.</summary>
    public string GroupNorm(string key, GroupNorm layer, string x, int groups = 8)
    {
        var ones = Constant([groups], [.. Enumerable.Repeat(1f, groups)]);
        var zeros = Constant([groups], new float[groups]);
        var normed = ReshapeLike(Node("InstanceNormalization", [Reshape(x, 0, groups, -1), ones, zeros], Float("epsilon", 1e-5f)), x);
        var scaled = Mul(normed, Unsqueeze(Parameter($"{key}.weight", layer.weight!), 1, 2));
        return Add(scaled, Unsqueeze(Parameter($"{key}.bias", layer.bias!), 1, 2));
    }

    /// <summary>A weight: float16 in the file under its checkpoint key, float32 in the arithmetic.</summary>
    public string Parameter(string key, Tensor weight)
    {
        if (_known.TryGetValue(key, out var value))
            return value;
        using var half = weight.detach().to_type(ScalarType.Float16).cpu().contiguous();
        _graph.Initializer.Add(OnnxMessageFactory.Tensor(key, OnnxElementType.Float16, weight.shape, half.bytes));
        return _known[key] = Cast(key, OnnxElementType.Float);
    }

    /// <summary>A weight in float32 under its checkpoint key, for graphs that are held to another program's figures.</summary>
    public string Weight(string key, Tensor weight)
    {
        if (_known.TryGetValue(key, out var value))
            return value;
        using var full = weight.detach().to_type(ScalarType.Float32).cpu().contiguous();
        _graph.Initializer.Add(OnnxMessageFactory.Tensor(key, OnnxElementType.Float, weight.shape, full.bytes));
        return _known[key] = key;
    }

    public string Constant(float value) => Constant([], value);

    public string Constant(long value) => Initializer(OnnxElementType.Int64, [], BitConverter.GetBytes(value));

    public string Constant(Tensor tensor) => Constant(tensor.shape, TensorReader.ReadArray<float>(tensor));

    /// <summary>The bytes of the model file.</summary>
    public byte[] ToModel() => Model(_graph, producer: "syncxr").ToByteArray();

    /// <summary>An operator with one output; an input that is left out has an empty name.</summary>
    internal string Node(string type, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var output = string.Create(CultureInfo.InvariantCulture, $"{type.ToLowerInvariant()}_{_graph.Node.Count}");
        _graph.Node.Add(new NodeProto
        {
            Input = { inputs },
            Output = { output },
            Name = output,
            OpType = type,
            Attribute = { attributes },
        });
        return output;
    }

    private string Constant(long[] shape, params float[] values) =>
        Initializer(OnnxElementType.Float, shape, MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>A list of whole numbers, as axes and shapes are given.</summary>
    internal string Shape(params int[] values)
    {
        long[] wide = [.. values.Select(v => (long)v)];
        return Initializer(OnnxElementType.Int64, [wide.Length], MemoryMarshal.AsBytes(wide.AsSpan()));
    }

    /// <summary>A constant; equal ones are written once.</summary>
    private string Initializer(OnnxElementType type, long[] shape, ReadOnlySpan<byte> bytes)
    {
        var identity = $"{type} {string.Join(',', shape)} {Convert.ToHexString(bytes)}";
        if (_known.TryGetValue(identity, out var value))
            return value;
        value = string.Create(CultureInfo.InvariantCulture, $"constant_{_graph.Initializer.Count}");
        _graph.Initializer.Add(OnnxMessageFactory.Tensor(value, type, shape, bytes));
        return _known[identity] = value;
    }
}
