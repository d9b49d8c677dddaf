using System.Text.Json;
using SynCxr.Mesh.Models.Weights;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Torch.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Weights;

/// <summary>Odd and broken files: what the safetensors library accepts, and the values that PyTorch reads.</summary>
[Collection("torch")]
public sealed class SafetensorsGoldenTests
{
    private const string Name = "safetensors-goldens";

    [GoldenFact("safetensors-goldens")]
    public void Load_OddFiles_GivesTheLibrarysAnswer()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        GoldenCases.Run($"{Name}/edges", folder.ReadList("edges.jsonl"), c => c.GetProperty("name").GetString()!, c =>
        {
            var path = folder.Resolve($"edges/{c.GetProperty("name").GetString()}.safetensors");
            CheckHeader(path, c.GetProperty("open"));
            CheckTensors(path, c.GetProperty("torch"));
        });
    }

    private static void CheckHeader(string path, JsonElement expected)
    {
        using var file = File.OpenRead(path);
        if (expected.TryGetProperty("error", out _))
        {
            Assert.StartsWith($"{path}: ", Assert.Throws<InvalidDataException>(() => SafetensorsHeader.Read(file, path)).Message,
                StringComparison.Ordinal);
            return;
        }

        var header = SafetensorsHeader.Read(file, path);
        Assert.Equal(expected.GetProperty("keys").EnumerateArray().Select(k => k.GetString()!).Order(StringComparer.Ordinal),
            header.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var slice in expected.GetProperty("slices").EnumerateObject())
        {
            Assert.Equal(slice.Value.GetProperty("dtype").GetString(), header.Tensors[slice.Name].Type);
            Assert.Equal(slice.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), header.Tensors[slice.Name].Shape);
        }

        var metadata = expected.GetProperty("metadata");
        Assert.Equal(metadata.ValueKind == JsonValueKind.Null ? null
            : metadata.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!), header.Metadata?.ToDictionary());
    }

    private static void CheckTensors(string path, JsonElement expected)
    {
        if (expected.TryGetProperty("error", out _))
        {
            Assert.Throws<InvalidDataException>(() => Safetensors.Load(path));
            return;
        }

        if (expected.EnumerateObject().Any(t => t.Value.GetProperty("dtype").GetString() == "torch.uint64"))
        {
            // No tensor of TorchSharp holds 2^64 - 1: it is refused, and lies where the header says.
            var refused = Assert.Throws<InvalidDataException>(() => Safetensors.Load(path));
            Assert.Contains("'w' holds an integer above 9223372036854775807", refused.Message, StringComparison.Ordinal);
            Assert.Equal(expected.GetProperty("w").GetProperty("values")[0].GetUInt64(),
                BitConverter.ToUInt64(File.ReadAllBytes(path).AsSpan()[^8..]));
            return;
        }

        using var scope = NewDisposeScope();
        var tensors = Safetensors.Load(path).Tensors;
        Assert.Equal(expected.EnumerateObject().Select(t => t.Name).Order(StringComparer.Ordinal),
            tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in tensors)
        {
            Assert.Equal(expected.GetProperty(name).GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()), tensor.shape);
            var values = tensor.is_complex() ? view_as_real(tensor) : tensor;
            // Bits, so that -0 is not 0 and NaN is NaN.
            Assert.Equal(Flatten(expected.GetProperty(name).GetProperty("values")).Select(BitConverter.DoubleToInt64Bits),
                TensorReader.ReadArray<double>(values.to_type(ScalarType.Float64)).Select(BitConverter.DoubleToInt64Bits));
        }
    }

    private static IEnumerable<double> Flatten(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Flatten),
        JsonValueKind.True => [1],
        JsonValueKind.False => [0],
        JsonValueKind.String => [value.GetString() switch
        {
            "NaN" => BitConverter.Int64BitsToDouble(0x7ff8000000000000),
            "Infinity" => double.PositiveInfinity,
            _ => double.NegativeInfinity,
        }],
        _ => [value.GetDouble()],
    };
}
