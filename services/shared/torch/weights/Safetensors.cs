using System.Buffers.Binary;
using System.Text.Json;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>The safetensors format: an 8-byte length, a JSON header, the tensors' bytes in row-major order.</summary>
public static class Safetensors
{
    private const int LargestHeader = 100_000_000;

    private static readonly Dictionary<string, ScalarType> Types = new(StringComparer.Ordinal)
    {
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["F64"] = ScalarType.Float64,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
    };

    /// <summary>Writes beside the final name and renames, so that a half-written file is never found there.</summary>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var keys = tensors.Keys.Order(StringComparer.Ordinal).ToArray();
        var header = Header(keys, tensors, metadata);
        var temporary = path + ".partial";
        using (var file = File.Create(temporary))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            file.Write(length);
            file.Write(header);
            foreach (var key in keys)
            {
                using var flat = tensors[key].detach().cpu().contiguous();
                file.Write(flat.bytes);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads every tensor; the caller owns them.</summary>
    /// <exception cref="InvalidDataException">Names the file, and the key that is wrong.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Load(string path) =>
        Load(path, File.ReadAllBytes(path));

    /// <summary>The same of a file that was read already.</summary>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key that is wrong.</exception>
    public static (Dictionary<string, Tensor> Tensors, Dictionary<string, string> Metadata) Load(string path, byte[] bytes)
    {
        var size = bytes.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (size < 2 || size > LargestHeader || size > bytes.Length - 8)
            throw new InvalidDataException($"{path}: must be a safetensors file: the length of its header does not fit its own");
        var start = 8 + (int)size;
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var header = JsonDocument.Parse(bytes.AsMemory(8, (int)size));
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__")
                    metadata = entry.Value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString() ?? "",
                        StringComparer.Ordinal);
                else
                    tensors[entry.Name] = ReadTensor(path, entry, bytes.AsSpan(start));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: the header must be the JSON of a safetensors file"
                + (e is JsonException json ? $": {PythonJson.DescribeError(json)}" : ""), e);
        }

        return (tensors, metadata);
    }

    private static Tensor ReadTensor(string path, JsonProperty entry, ReadOnlySpan<byte> data)
    {
        var spelled = entry.Value.GetProperty("dtype").GetString() ?? "";
        if (!Types.TryGetValue(spelled, out var type))
            throw new InvalidDataException(
                $"{path}: the type of '{EchoedText.Shorten(entry.Name)}' must be one of {string.Join(", ", Types.Keys)}");
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        var offsets = entry.Value.GetProperty("data_offsets");
        var from = offsets[0].GetInt64();
        var to = offsets[1].GetInt64();
        var wanted = shape.Aggregate(1L, (a, d) => checked(a * d)) * type.ElementSize();
        if (from < 0 || to > data.Length || to - from != wanted)
            throw new InvalidDataException(
                $"{path}: the bytes of '{EchoedText.Shorten(entry.Name)}' must be as many as its shape has, and lie in the file");
        var tensor = empty(shape, type, CPU);
        data[(int)from..(int)to].CopyTo(tensor.bytes);
        return tensor.DetachFromDisposeScope();
    }

    private static byte[] Header(string[] keys, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new Dictionary<string, object>(StringComparer.Ordinal);
        if (metadata is not null)
            header["__metadata__"] = metadata;
        var offset = 0L;
        foreach (var key in keys)
        {
            var tensor = tensors[key];
            var length = tensor.numel() * tensor.dtype.ElementSize();
            var name = Types.FirstOrDefault(t => t.Value == tensor.dtype).Key
                ?? throw new ArgumentException($"'{key}' has type {tensor.dtype}, which is not written", nameof(tensors));
            header[key] = new { dtype = name, shape = tensor.shape, data_offsets = new[] { offset, offset += length } };
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padded = new byte[(json.Length + 7) / 8 * 8]; // tensors start on a multiple of 8
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded, 0);
        return padded;
    }
}
