using System.Globalization;
using System.Runtime.InteropServices;
using SynCxr.Mesh.Torch.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Export;

/// <summary>Element types of TensorProto that the exporter uses.</summary>
public enum OnnxElementType
{
    Float = 1,
    Int64 = 7,
    Float16 = 10,
}

/// <summary>
/// An ONNX graph under construction, opset 17. Values are their names. A weight is an initializer in float16 under its
/// checkpoint key and a cast to float32 behind it; the arithmetic is float32.
/// </summary>
public sealed class OnnxGraphWriter(string name)
{
    private const int Opset = 17;
    private const int IrVersion = 8;
    private readonly List<ProtoMessageWriter> _nodes = [];
    private readonly List<ProtoMessageWriter> _initializers = [];
    private readonly List<ProtoMessageWriter> _inputs = [];
    private readonly List<ProtoMessageWriter> _outputs = [];
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>Declares an input; a dimension is a number or the name of a dynamic axis.</summary>
    public string Input(string value, OnnxElementType type, params object[] shape)
    {
        _inputs.Add(ValueInfo(value, type, shape));
        return value;
    }

    /// <summary>Declares <paramref name="value"/> an output called <paramref name="output"/>.</summary>
    public void Output(string output, string value, OnnxElementType type, params object[] shape)
    {
        _nodes.Add(new ProtoMessageWriter().Text(1, value).Text(2, output).Text(3, output).Text(4, "Identity"));
        _outputs.Add(ValueInfo(output, type, shape));
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

    public string Transpose(string x, params int[] order) => Node("Transpose", [x], Ints("perm", order));

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
        var (kernel, stride) = ((int)layer.weight!.shape[2], (int)layer.stride[0]);
        var pad = kernel / 2;
        string[] inputs = layer.bias is null ? [x, Parameter($"{key}.weight", layer.weight)]
            : [x, Parameter($"{key}.weight", layer.weight), Parameter($"{key}.bias", layer.bias)];
        return Node("Conv", inputs,
            Ints("kernel_shape", kernel, kernel), Ints("strides", stride, stride), Ints("pads", pad, pad, pad, pad));
    }

    /// <summary>With the running figures, as after training.</summary>
    public string BatchNorm(string key, BatchNorm2d layer, string x) => Node("BatchNormalization",
        [x, Parameter($"{key}.weight", layer.weight!), Parameter($"{key}.bias", layer.bias!),
            Parameter($"{key}.running_mean", layer.running_mean!), Parameter($"{key}.running_var", layer.running_var!)],
        Float("epsilon", (float)layer.eps));

    /// <summary>3×3, stride 2, padding 1.</summary>
    public string MaxPool(string x) => Node("MaxPool", [x], Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), Ints("pads", 1, 1, 1, 1));

    /// <summary>x Φ(x), by the error function.</summary>
    public string Gelu(string x) =>
        Mul(Mul(x, Constant(0.5f)), Add(Node("Erf", [Mul(x, Constant((float)(1 / Math.Sqrt(2))))]), Constant(1f)));

    /// <summary>To length 1 along the last axis.</summary>
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
        var bytes = half.bytes.ToArray();
        _initializers.Add(TensorProto(key, OnnxElementType.Float16, weight.shape, bytes));
        return _known[key] = Cast(key, OnnxElementType.Float);
    }

    public string Constant(float value) => Constant([], value);

    public string Constant(long value) => Initializer(OnnxElementType.Int64, [], BitConverter.GetBytes(value));

    public string Constant(Tensor tensor) => Constant(tensor.shape, TensorReader.ReadArray<float>(tensor));

    /// <summary>The whole file.</summary>
    public byte[] ToModel()
    {
        var graph = new ProtoMessageWriter().Each(_nodes, (p, n) => p.Message(1, n)).Text(2, name)
            .Each(_initializers, (p, i) => p.Message(5, i)).Each(_inputs, (p, i) => p.Message(11, i))
            .Each(_outputs, (p, o) => p.Message(12, o));
        return new ProtoMessageWriter().Int(1, IrVersion).Text(2, "syncxr").Message(7, graph)
            .Message(8, new ProtoMessageWriter().Text(1, "").Int(2, Opset)).ToArray();
    }

    private string Node(string type, IEnumerable<string> inputs, params ProtoMessageWriter[] attributes)
    {
        var output = string.Create(CultureInfo.InvariantCulture, $"{type.ToLowerInvariant()}_{_nodes.Count}");
        _nodes.Add(new ProtoMessageWriter().Each(inputs, (p, i) => p.Text(1, i)).Text(2, output).Text(3, output).Text(4, type)
            .Each(attributes, (p, a) => p.Message(5, a)));
        return output;
    }

    private string Constant(long[] shape, params float[] values) =>
        Initializer(OnnxElementType.Float, shape, MemoryMarshal.AsBytes(values.AsSpan()));

    private string Shape(params int[] values)
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
        value = string.Create(CultureInfo.InvariantCulture, $"constant_{_initializers.Count}");
        _initializers.Add(TensorProto(value, type, shape, bytes));
        return _known[identity] = value;
    }

    private static ProtoMessageWriter TensorProto(string key, OnnxElementType type, long[] shape, ReadOnlySpan<byte> bytes) =>
        new ProtoMessageWriter().Each(shape, (p, d) => p.Int(1, d)).Int(2, (int)type).Text(8, key).Bytes(9, bytes);

    private static ProtoMessageWriter ValueInfo(string value, OnnxElementType type, object[] shape)
    {
        var dims = new ProtoMessageWriter().Each(shape, (p, d) => p.Message(1, d is string axis ? new ProtoMessageWriter().Text(2, axis)
            : new ProtoMessageWriter().Int(1, Convert.ToInt64(d, CultureInfo.InvariantCulture))));
        return new ProtoMessageWriter().Text(1, value)
            .Message(2, new ProtoMessageWriter().Message(1, new ProtoMessageWriter().Int(1, (int)type).Message(2, dims)));
    }

    private static ProtoMessageWriter Int(string key, long value) => new ProtoMessageWriter().Text(1, key).Int(3, value).Int(20, 2);

    private static ProtoMessageWriter Float(string key, float value) => new ProtoMessageWriter().Text(1, key).Float(2, value).Int(20, 1);

    private static ProtoMessageWriter Text(string key, string value) => new ProtoMessageWriter().Text(1, key).Text(4, value).Int(20, 3);

    private static ProtoMessageWriter Ints(string key, params int[] values) =>
        new ProtoMessageWriter().Text(1, key).Each(values, (p, v) => p.Int(8, v)).Int(20, 7);
}
