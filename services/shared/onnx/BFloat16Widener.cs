using System.Runtime.InteropServices;
using Google.Protobuf;
using SynCxr.Mesh.Models.Graphs;

namespace SynCxr.Mesh.Onnx;

/// <summary>
/// Makes a float32 graph of a bfloat16 one, since the operators of a processor have no bfloat16: inputs, outputs and casts become float32,
/// and each weight is cast where it is stored, which ONNX Runtime does once, when it loads the graph. External data stays as it is, and is
/// not read.
/// </summary>
internal sealed class BFloat16Widener
{
    private const int Float32 = (int)OnnxElementType.Float, BFloat16 = (int)OnnxElementType.BFloat16;
    private const string Suffix = ".bfloat16";
    private bool _found;

    private BFloat16Widener()
    {
    }

    /// <summary>The model of a file, rewritten; null where nothing in it is bfloat16, or where it is no model.</summary>
    public static byte[]? TryWiden(string path)
    {
        ModelProto model;
        try
        {
            using var file = File.OpenRead(path);
            model = ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException)
        {
            return null; // ONNX Runtime says what is wrong with it
        }
        var widener = new BFloat16Widener();
        if (model.Graph is { } graph)
            widener.WidenGraph(graph);
        foreach (var function in model.Functions)
            widener.WidenNodes(function.Node);
        return widener._found ? model.ToByteArray() : null;
    }

    private void WidenGraph(GraphProto graph)
    {
        WidenNodes(graph.Node);
        WidenValues([.. graph.Input, .. graph.Output, .. graph.ValueInfo]);
        List<TensorProto> weights = [.. graph.Initializer.Where(tensor => tensor.DataType == BFloat16)];
        var names = weights.Select(weight => weight.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var repeated in graph.Input.Where(input => names.Contains(input.Name)).ToList())
            graph.Input.Remove(repeated); // an old graph lists its weights as inputs too
        for (var i = 0; i < weights.Count; i++)
            graph.Node.Insert(i, Store(weights[i])); // before the nodes that use it
    }

    // The weight stays as it is under another name, and a cast has its own.
    private NodeProto Store(TensorProto weight)
    {
        _found = true;
        var name = weight.Name;
        weight.Name += Suffix;
        return new NodeProto
        {
            Input = { weight.Name },
            Output = { name },
            OpType = "Cast",
            Attribute = { OnnxMessageFactory.Int("to", Float32) },
        };
    }

    // An element type that a node casts to or makes, a constant, or a graph of its own.
    private void WidenNodes(IEnumerable<NodeProto> nodes)
    {
        foreach (var attribute in nodes.SelectMany(node => node.Attribute))
        {
            if (attribute.Name is "to" or "dtype" && attribute.I == BFloat16)
            {
                attribute.I = Float32;
                _found = true;
            }
            if (attribute.T is { DataType: BFloat16 } constant)
                WidenTensor(constant);
            foreach (var tensor in attribute.Tensors.Where(tensor => tensor.DataType == BFloat16))
                WidenTensor(tensor);
            if (attribute.G is { } graph)
                WidenGraph(graph);
            foreach (var branch in attribute.Graphs)
                WidenGraph(branch);
        }
    }

    private void WidenValues(IEnumerable<ValueInfoProto> values)
    {
        foreach (var tensor in values.Select(value => value.Type?.TensorType).Where(tensor => tensor is { ElemType: BFloat16 }))
        {
            tensor!.ElemType = Float32;
            _found = true;
        }
    }

    // A constant's values are in raw_data, two bytes each, or in int32_data, a number each.
    private void WidenTensor(TensorProto tensor)
    {
        _found = true;
        tensor.DataType = Float32;
        tensor.RawData = ByteString.CopyFrom(tensor.Int32Data.Count > 0
            ? Widen([.. tensor.Int32Data.Select(value => (ushort)value)])
            : Widen(MemoryMarshal.Cast<byte, ushort>(tensor.RawData.Span)));
        tensor.Int32Data.Clear();
    }

    // A bfloat16 is the upper half of a float32.
    private static ReadOnlySpan<byte> Widen(ReadOnlySpan<ushort> values)
    {
        var wide = new uint[values.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = (uint)values[i] << 16;
        return MemoryMarshal.AsBytes<uint>(wide);
    }
}
