using System.Text;
using SynCxr.Mesh.Models.Weights;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Weights;

/// <summary>Headers that were changed at random: read with every byte covered, or refused by the file's name, and nothing else.</summary>
[Collection("torch")]
public sealed class SafetensorsFuzzTests
{
    private static readonly string[] _pieces =
    [
        "\"w\"", "\"dtype\"", "\"F32\"", "\"BF16\"", "\"F4\"", "\"shape\"", "[0]", "[3]", "[-1]", "[4611686018427387904,4]",
        "\"data_offsets\"", "[0,12]", "[12,12]", "[12,0]", "0.0", "1e400", "null", "{}", "[]", "\"\\ud800\"", "\"__metadata__\"",
        "{\"a\":\"b\"}",
        ",", ":", "{", "}", "[", "]", "\"", "\\", "\0", "\u00e4", " ", "9", "true",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Load_ChangedHeaders_AreReadWholeOrRefusedByName(int seed)
    {
        var random = RandomSource.Create((ulong)seed, "headers", 0);
        var (read, refused) = (0, 0);
        for (var n = 0; n < 20_000; n++)
        {
            using var scope = NewDisposeScope();
            var header = Change(
                "{\"__metadata__\":{\"a\":\"b\"},\"v\":{\"dtype\":\"BF16\",\"shape\":[2,1],\"data_offsets\":[12,16]},"
                    + "\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", random);
            var bytes = Build(header, new byte[16]);
            try
            {
                var found = SafetensorsHeader.Read(new MemoryStream(bytes), "a file");
                Assert.Equal(bytes.Length - found.DataStart, found.Tensors.Values.Sum(t => t.Length));
                Assert.Equal(found.Tensors.Keys.Order(), Safetensors.Load("a file", new MemoryStream(bytes)).Tensors.Keys.Order());
                read++;
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith("a file: ", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(read > 500 && refused > 500, $"{read} were read and {refused} refused");
    }

    [Theory]
    [InlineData("{\"w\":{\"dtype\":{\"F32\":null},\"shape\":[3],\"data_offsets\":[0,12]}}", true)] // how its reader takes a variant, too
    [InlineData("{\"w\":[\"F32\",[3],[0,12],1]}", false)]
    [InlineData("{\"w\":[\"F32\",[3]]}", false)]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[-0,12]}}", false)]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12],\"x\":1e999}}", false)]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12],\"x\":{\"\\ud800\":[]}}}", false)]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12],\"x\":[{\"y\":[]},{}],\"x\":[]}}", true)]
    [InlineData("{\"\\u005f_metadata__\":{\"a\":\"b\"},\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", true)]
    [InlineData("{\"w\":{\"dtype\":\"F6_E2M3\",\"shape\":[16],\"data_offsets\":[0,12]}}", true)]
    [InlineData("{\"w\":{\"dtype\":\"F4\",\"shape\":[23],\"data_offsets\":[0,12]}}", false)]
    public void Read_FurtherHeaders_GivesTheLibrarysAnswer(string header, bool isRead)
    {
        using var file = new MemoryStream(Build(header, new byte[12]));
        var error = Record.Exception(() => SafetensorsHeader.Read(file, "a file"));
        Assert.Equal(isRead, error is null);
        Assert.True(error is null or InvalidDataException, error?.ToString());
    }

    [Theory]
    [InlineData("../model.safetensors", "must be the name of a .safetensors file beside the index")]
    [InlineData("config.json", "must be the name of a .safetensors file beside the index")]
    [InlineData("other.safetensors", "is missing")]
    [InlineData("part.safetensors", "lacks 'stray'")]
    public void LoadFolder_IndexThatIsWrong_IsRefusedByFileAndKey(string shard, string problem)
    {
        using var folder = new ScratchFolder();
        Safetensors.Save(folder["part.safetensors"], new Dictionary<string, Tensor> { ["w"] = zeros(2) });
        File.WriteAllText(folder[SafetensorsFolder.IndexFile],
            $"{{\"weight_map\":{{\"w\":\"part.safetensors\",\"stray\":\"{shard}\"}}}}");
        var error = Assert.Throws<InvalidDataException>(() => Safetensors.LoadFolder(folder[""], File.OpenRead));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Build(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. data];
    }

    /// <summary>Takes out, doubles or replaces a few characters, or puts a piece of a header among them.</summary>
    private static string Change(string header, RandomSource random)
    {
        for (var changes = 1 + (int)(random.NextUInt64() % 3); changes > 0; changes--)
        {
            var at = (int)(random.NextUInt64() % (ulong)header.Length);
            var length = Math.Min((int)(random.NextUInt64() % 6), header.Length - at);
            var piece = _pieces[random.NextUInt64() % (ulong)_pieces.Length];
            header = (random.NextUInt64() % 4) switch
            {
                0 => header.Remove(at, length),
                1 => header.Insert(at, header.Substring(at, length)),
                2 => header.Remove(at, length).Insert(at, piece),
                _ => header.Insert(at, piece),
            };
            if (header.Length == 0)
                header = "{}";
        }

        return header;
    }
}
