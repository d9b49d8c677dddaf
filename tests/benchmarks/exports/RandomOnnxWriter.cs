using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using SynCxr.Mesh.Models.Graphs;
using static SynCxr.Mesh.Models.Graphs.OnnxMessageFactory;

namespace SynCxr.Mesh.Benchmarks.Exports;

/// <summary>
/// Writes an ONNX graph of opset 17 with random weights, which go to a data file beside it as they come, so that a graph of any size can be
/// written. Every method returns the name of the value that it adds.
/// </summary>
/// <param name="type">Element type of the weights and of every floating-point value of the graph.</param>
internal sealed class RandomOnnxWriter(string folder, OnnxElementType type, int seed) : IDisposable
{
    private const string DataFile = "model.onnx_data";
    private readonly GraphProto _graph = new() { Name = Path.GetFileName(folder) };
    private readonly FileStream _data = CreateDataFile(folder);
    private readonly Random _random = new(seed);

    /// <summary>Numbers in all weights.</summary>
    public long Weights { get; private set; }

    /// <summary>Declares an input; a dimension is a number or the name of a dynamic axis.</summary>
    public string Input(string name, OnnxElementType elementType, params object[] shape)
    {
        _graph.Input.Add(Declare(name, elementType, shape));
        return name;
    }

    /// <summary>Declares a value an output and writes the files.</summary>
    public void Finish(string output, string value, params object[] shape)
    {
        _graph.Node.Add(new NodeProto { Input = { value }, Output = { output }, OpType = "Identity" });
        _graph.Output.Add(Declare(output, type, shape));
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), Model(_graph).ToByteArray());
        _data.Flush();
    }

    /// <summary>An operator with one output.</summary>
    public string Op(string operation, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var output = string.Create(CultureInfo.InvariantCulture, $"v{_graph.Node.Count}");
        _graph.Node.Add(new NodeProto { Input = { inputs }, Output = { output }, OpType = operation, Attribute = { attributes } });
        return output;
    }

    public string Add(string a, string b) => Op("Add", [a, b]);

    public string Mul(string a, string b) => Op("Mul", [a, b]);

    public string Silu(string x) => Mul(x, Op("Sigmoid", [x]));

    /// <summary>x Φ(x), by the error function.</summary>
    public string Gelu(string x) => Mul(Mul(x, Constant(0.5f)), Add(Op("Erf", [Mul(x, Constant(0.70710678f))]), Constant(1)));

    /// <summary>0 keeps a dimension, -1 takes the rest.</summary>
    public string Reshape(string x, params long[] shape) => Op("Reshape", [x, Integers(shape)]);

    public string Transpose(string x, params long[] order) => Op("Transpose", [x], Ints("perm", order));

    public string ReshapeLike(string x, string other) => Op("Reshape", [x, Op("Shape", [other])]);

    public string Cast(string x) => Op("Cast", [x], Int("to", (int)type));

    /// <summary>Nearest neighbour, twice the height and width.</summary>
    public string Upsample(string x) => Op("Resize", [x, "", Floats(OnnxElementType.Float, [4], 1, 1, 2, 2)],
        Text("mode", "nearest"), Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor"));

    /// <summary>A convolution with bias that keeps the side, or halves it with a stride of 2.</summary>
    public string Conv(string x, int inputs, int outputs, int kernel = 3, int stride = 1)
    {
        var pad = kernel / 2;
        return Op("Conv", [x, Weight(inputs * kernel * kernel, outputs, inputs, kernel, kernel), Weight(inputs, outputs)],
            Ints("kernel_shape", kernel, kernel), Ints("strides", stride, stride), Ints("pads", pad, pad, pad, pad));
    }

    /// <summary>x W + b on the last axis.</summary>
    public string Linear(string x, int inputs, int outputs, bool hasBias = true)
    {
        var y = Op("MatMul", [x, Weight(inputs, inputs, outputs)]);
        return hasBias ? Add(y, Weight(inputs, outputs)) : y;
    }

    public string LayerNorm(string x, int width) =>
        Op("LayerNormalization", [x, Ones(width), Weight(width, width)], Int("axis", -1), Float("epsilon", 1e-5f));

    /// <summary>An instance norm over [B, groups, rest], then scale and shift by channel: opset 17 has no group norm.</summary>
    public string GroupNorm(string x, int channels, int groups)
    {
        var normed = Op("InstanceNormalization", [Reshape(x, 0, groups, -1), Repeat(groups, 1), Repeat(groups, 0)],
            Float("epsilon", 1e-5f));
        return Add(Mul(ReshapeLike(normed, x), Ones(channels, 1, 1)), Weight(channels, channels, 1, 1));
    }

    /// <summary>Multi-head attention of x [B, N, C] over a context [B, M, D].</summary>
    /// <param name="mask">Added to the scores; null for none.</param>
    public string Attention(string x, string context, int channels, int contextWidth, int heads, string? mask = null, bool hasBias = false)
    {
        var width = channels / heads;
        var q = Transpose(Reshape(Linear(x, channels, channels, hasBias), 0, 0, heads, width), 0, 2, 1, 3);
        var k = Transpose(Reshape(Linear(context, contextWidth, channels, hasBias), 0, 0, heads, width), 0, 2, 3, 1);
        var v = Transpose(Reshape(Linear(context, contextWidth, channels, hasBias), 0, 0, heads, width), 0, 2, 1, 3);
        var scores = Mul(Op("MatMul", [q, k]), Constant((float)(1 / Math.Sqrt(width))));
        var shares = Op("Softmax", [mask is null ? scores : Add(scores, mask)], Int("axis", -1));
        return Linear(Reshape(Transpose(Op("MatMul", [shares, v]), 0, 2, 1, 3), 0, 0, channels), channels, channels);
    }

    public string Constant(float value) => Floats(type, [], value);

    /// <summary>A constant of 64-bit integers.</summary>
    public string Integers(params long[] values) => Inline(OnnxElementType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>A constant in the graph's own type.</summary>
    public string Values(long[] shape, params float[] values) => Floats(type, shape, values);

    /// <summary>Random numbers of such a size that a layer of so many inputs keeps the size of what goes through it.</summary>
    public string Weight(int fanIn, params int[] shape)
    {
        var scale = (float)(0.5 / Math.Sqrt(fanIn));
        return Store(shape, () => scale * ((2 * _random.NextSingle()) - 1));
    }

    public void Dispose() => _data.Dispose();

    private static FileStream CreateDataFile(string folder)
    {
        Directory.CreateDirectory(folder);
        return File.Create(Path.Combine(folder, DataFile), 1 << 20);
    }

    private string Ones(params int[] shape) => Store(shape, () => 1);

    private string Repeat(int count, float value) => Floats(type, [count], [.. Enumerable.Repeat(value, count)]);

    private string Store(int[] shape, Func<float> next)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"w{_graph.Initializer.Count}");
        var count = shape.Aggregate(1L, (all, side) => all * side);
        _data.Position = (_data.Position + 4095) / 4096 * 4096;
        var offset = _data.Position;
        Span<byte> four = stackalloc byte[4];
        for (var i = 0L; i < count; i++)
            _data.Write(four[..Spell(next(), type, four)]);
        Weights += count;
        _graph.Initializer.Add(new TensorProto
        {
            Dims = { shape.Select(side => (long)side) },
            DataType = (int)type,
            Name = name,
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData =
            {
                Entry("location", DataFile), Entry("offset", Invariant(offset)), Entry("length", Invariant(_data.Position - offset)),
            },
        });
        return name;
    }

    private string Floats(OnnxElementType elementType, long[] shape, params float[] values)
    {
        var bytes = new byte[values.Length * 4];
        var end = 0;
        foreach (var value in values)
            end += Spell(value, elementType, bytes.AsSpan(end));
        return Inline(elementType, shape, bytes.AsSpan(0, end));
    }

    private string Inline(OnnxElementType elementType, long[] shape, ReadOnlySpan<byte> bytes)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"c{_graph.Initializer.Count}");
        _graph.Initializer.Add(Tensor(name, elementType, shape, bytes));
        return name;
    }

    private static int Spell(float value, OnnxElementType elementType, Span<byte> into)
    {
        if (elementType == OnnxElementType.Float16)
        {
            BitConverter.TryWriteBytes(into, (Half)value);
            return 2;
        }
        BitConverter.TryWriteBytes(into, value);
        return 4;
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);
}
