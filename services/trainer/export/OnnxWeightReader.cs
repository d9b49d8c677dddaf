using Google.Protobuf;
using SynCxr.Mesh.Models.Graphs;
using SynCxr.Mesh.Torch.Export;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>Reads the float16 weights back out of a file that <see cref="OnnxGraphWriter"/> wrote.</summary>
public static class OnnxWeightReader
{
    /// <summary>Checkpoint key → shape and values as float32.</summary>
    /// <exception cref="InvalidDataException">The bytes are not an ONNX model, or the file was cut off.</exception>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Read(byte[] model)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(model).Graph.Initializer.Where(t => t.DataType == (int)OnnxElementType.Float16)
                .ToDictionary(t => t.Name, t => (t.Dims.ToArray(), Widen(t.RawData.Span)), StringComparer.Ordinal);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException($"the file can't be read as an ONNX model: {error.Message}", error);
        }
    }

    private static float[] Widen(ReadOnlySpan<byte> halves)
    {
        var values = new float[halves.Length / 2];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)BitConverter.ToHalf(halves[(2 * i)..]);
        return values;
    }
}
