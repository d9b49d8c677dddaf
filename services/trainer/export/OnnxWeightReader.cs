using Google.Protobuf;
using SynCxr.Mesh.Torch.Export;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>Reads the float16 weights back out of a file that <see cref="OnnxGraphWriter"/> wrote.</summary>
public static class OnnxWeightReader
{
    /// <summary>Name → shape and values as float32.</summary>
    /// <exception cref="InvalidDataException">The file is no ONNX model, or is cut off.</exception>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Read(byte[] model)
    {
        var weights = new Dictionary<string, (long[], float[])>(StringComparer.Ordinal);
        try
        {
            foreach (var graph in Fields(model, 7))
            {
                foreach (var tensor in Fields(graph, 5))
                    ReadTensor(tensor, weights);
            }
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"not an ONNX model: {e.Message}", e);
        }

        return weights;
    }

    private static void ReadTensor(byte[] message, Dictionary<string, (long[], float[])> weights)
    {
        var (shape, type, key, raw) = (new List<long>(), 0L, "", Array.Empty<byte>());
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1: shape.Add(input.ReadInt64()); break;
                case 2: type = input.ReadInt64(); break;
                case 8: key = input.ReadString(); break;
                case 9: raw = input.ReadBytes().ToByteArray(); break;
                default: input.SkipLastField(); break;
            }
        }

        if (type != (long)OnnxElementType.Float16)
            return;
        var values = new float[raw.Length / 2];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)BitConverter.ToHalf(raw, 2 * i);
        weights[key] = ([.. shape], values);
    }

    private static IEnumerable<byte[]> Fields(byte[] message, int field)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                yield return input.ReadBytes().ToByteArray();
            else
                input.SkipLastField();
        }
    }
}
