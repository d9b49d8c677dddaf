using System.Globalization;
using Google.Protobuf;

namespace SynCxr.Mesh.Models.Graphs;

/// <summary>Makes the messages of <c>onnx.proto</c> that every writer of a graph needs.</summary>
internal static class OnnxMessageFactory
{
    /// <summary>Version of the operators in every file that is made here.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8;

    /// <summary>A model of one graph.</summary>
    /// <param name="producer">Who wrote it; empty is left out.</param>
    public static ModelProto Model(GraphProto graph, string producer = "")
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
        };
        if (producer.Length > 0)
            model.ProducerName = producer;
        return model;
    }

    /// <summary>An input or output.</summary>
    /// <param name="shape">A dimension is a number or the name of a dynamic axis.</param>
    public static ValueInfoProto Declare(string name, OnnxElementType type, params IEnumerable<object> shape)
    {
        var dimensions = shape.Select(side => side is string axis
            ? new TensorShapeProto.Types.Dimension { DimParam = axis }
            : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(side, CultureInfo.InvariantCulture) });
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto { Dim = { dimensions } } };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    /// <summary>A tensor whose values, row-major and little-endian, are in the file.</summary>
    public static TensorProto Tensor(string name, OnnxElementType type, IEnumerable<long> shape, ReadOnlySpan<byte> bytes) =>
        new() { Dims = { shape }, DataType = (int)type, Name = name, RawData = ByteString.CopyFrom(bytes) };

    public static AttributeProto Int(string key, long value) =>
        new() { Name = key, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Ints(string key, params IEnumerable<long> values) =>
        new() { Name = key, Ints = { values }, Type = AttributeProto.Types.AttributeType.Ints };

    public static AttributeProto Float(string key, float value) =>
        new() { Name = key, F = value, Type = AttributeProto.Types.AttributeType.Float };

    public static AttributeProto Text(string key, string value) =>
        new() { Name = key, S = ByteString.CopyFromUtf8(value), Type = AttributeProto.Types.AttributeType.String };
}
