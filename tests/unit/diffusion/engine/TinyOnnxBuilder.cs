using System.Runtime.InteropServices;
using Google.Protobuf;
using SynCxr.Mesh.Models.Graphs;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>
/// Writes small ONNX files (opset 17) for exports that are not ours. A dimension is a number, or a name where it is dynamic.
/// </summary>
internal sealed class TinyOnnxBuilder
{
    public const int Float = (int)OnnxElementType.Float, Int32 = (int)OnnxElementType.Int32, Int64 = (int)OnnxElementType.Int64,
        Float16 = (int)OnnxElementType.Float16, Double = (int)OnnxElementType.Double, BFloat16 = (int)OnnxElementType.BFloat16;
    private readonly GraphProto _graph = new() { Name = "tiny" };

    public TinyOnnxBuilder Input(string name, int type, params object[] shape)
    {
        _graph.Input.Add(OnnxMessageFactory.Declare(name, (OnnxElementType)type, shape));
        return this;
    }

    public TinyOnnxBuilder Output(string name, int type, params object[] shape)
    {
        _graph.Output.Add(OnnxMessageFactory.Declare(name, (OnnxElementType)type, shape));
        return this;
    }

    public TinyOnnxBuilder Constant(string name, float[] data, params long[] shape) =>
        Tensor(name, OnnxElementType.Float, MemoryMarshal.AsBytes<float>(data), shape);

    /// <summary>A constant as a bfloat16 graph holds it: the upper half of each float32.</summary>
    public TinyOnnxBuilder BFloat16Constant(string name, float[] data, params long[] shape) =>
        Tensor(name, OnnxElementType.BFloat16, UpperHalves(data), shape);

    /// <summary>A bfloat16 constant that a node makes, its values in raw_data or in int32_data.</summary>
    public TinyOnnxBuilder BFloat16ConstantNode(string name, float[] data, bool isRaw)
    {
        var tensor = new TensorProto { Dims = { data.Length }, DataType = BFloat16 };
        if (isRaw)
            tensor.RawData = ByteString.CopyFrom(UpperHalves(data));
        else
            tensor.Int32Data.Add(data.Select(x => (int)(BitConverter.SingleToUInt32Bits(x) >> 16)));
        var value = new AttributeProto { Name = "value", T = tensor, Type = AttributeProto.Types.AttributeType.Tensor };
        return Add(new NodeProto { Output = { name }, OpType = "Constant", Attribute = { value } });
    }

    public TinyOnnxBuilder Constant(string name, params long[] data) =>
        Tensor(name, OnnxElementType.Int64, MemoryMarshal.AsBytes<long>(data), data.Length);

    public TinyOnnxBuilder Node(string operation, string output, string[] inputs, params (string Name, long[] Value)[] attributes) =>
        Add(new NodeProto
        {
            Input = { inputs },
            Output = { output },
            OpType = operation,
            Attribute =
            {
                attributes.Select(attribute => attribute.Value is [var only]
                    ? OnnxMessageFactory.Int(attribute.Name, only) : OnnxMessageFactory.Ints(attribute.Name, attribute.Value)),
            },
        });

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, OnnxMessageFactory.Model(_graph).ToByteArray());
    }

    private TinyOnnxBuilder Tensor(string name, OnnxElementType type, ReadOnlySpan<byte> data, params long[] shape)
    {
        _graph.Initializer.Add(OnnxMessageFactory.Tensor(name, type, shape, data));
        return this;
    }

    private TinyOnnxBuilder Add(NodeProto node)
    {
        _graph.Node.Add(node);
        return this;
    }

    private static byte[] UpperHalves(float[] data) => [.. data.SelectMany(x => BitConverter.GetBytes(x)[2..])];
}
