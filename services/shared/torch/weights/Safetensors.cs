using System.Buffers.Binary;
using System.Text.Json;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>
/// The safetensors format: an 8-byte length, a JSON header, the tensors' bytes in row-major order. <see cref="SafetensorsHeader"/> reads
/// the header.
/// </summary>
public static class Safetensors
{
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
    public static (Dictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Load(string path)
    {
        using var file = File.OpenRead(path);
        return Load(path, file);
    }

    /// <summary>The same of an open file. What <see cref="SafetensorsTensorReader"/> widens comes in the wider type.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="file">At its start.</param>
    /// <param name="promised">Tensors that it must hold.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key that is wrong.</exception>
    public static (Dictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Load(string path, Stream file,
        IReadOnlyList<string>? promised = null)
    {
        var header = SafetensorsHeader.Read(file, path);
        SafetensorsFolder.CheckPromised(path, promised ?? [], header);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, entry) in header.Tensors.OrderBy(t => t.Value.Start).ThenBy(t => t.Value.Length)) // as they lie in the file
            tensors[name] = SafetensorsTensorReader.Read(file, path, name, entry);
        return (tensors, header.Metadata ?? new Dictionary<string, string>());
    }

    /// <summary>Every tensor of a folder that has <c>model.safetensors</c>, or several files and their index.</summary>
    /// <param name="open">How a file of the folder is opened.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key that is wrong.</exception>
    public static Dictionary<string, Tensor> LoadFolder(string folder, Func<string, Stream> open)
    {
        var all = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (path, promised) in SafetensorsFolder.FindFiles(folder, Read))
        {
            using var file = Open(path);
            foreach (var (name, tensor) in Load(path, file, promised).Tensors)
            {
                if (!all.TryAdd(name, tensor))
                    throw new InvalidDataException($"{path}: '{EchoedText.Shorten(name)}' is in another file of the folder, too");
            }
        }

        return all;

        Stream Open(string path)
        {
            try
            {
                return open(path);
            }
            catch (FileNotFoundException error)
            {
                throw new InvalidDataException($"{path}: is missing", error);
            }
        }

        byte[] Read(string path)
        {
            using var file = Open(path);
            using var copy = new MemoryStream();
            file.CopyTo(copy);
            return copy.ToArray();
        }
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
            var name = SafetensorsTensorReader.FindType(tensor.dtype)
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
