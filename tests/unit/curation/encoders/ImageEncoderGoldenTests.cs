using System.Text.Json;
using SynCxr.Mesh.Curation.Encoders;
using SynCxr.Mesh.Curation.Encoders.Preparation;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Encoders;

/// <summary>Features of RAD-DINO's form from pictures, against what PyTorch computed with the library's own preparation.</summary>
public sealed class ImageEncoderGoldenTests
{
    private const string Exports = "encoder-exports";
    private const float Tolerance = 1e-3f;

    private static readonly ImageEncoderCard _card = new() { Pooling = ImagePoolingNames.Cls, NearDuplicate = 0.98 };

    [GoldenFact("encoder-exports")]
    public async Task RunAsync_Pictures_GivesTheClassTokens()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny("rad-dino-tiny.jsonl"))
            return;
        var wanted = TensorFile.ReadSafetensors(folder.Resolve("rad-dino-tiny.features.safetensors"));
        var items = folder.ReadList("rad-dino-tiny.jsonl");
        using var encoder = new ImageEncoder(folder.Resolve("rad-dino-tiny"), _card, OnnxSessionOptions.Cpu with { Threads = 2 });
        var taken = items.Where(item => wanted.ContainsKey(Key(item))).ToList();
        RasterImage[] images = [.. taken.Select(item => Prepare(encoder, folder, item))];
        var found = await encoder.RunAsync(images, TestContext.Current.CancellationToken);
        var vectors = taken.Zip(found).ToDictionary(pair => Key(pair.First), pair => pair.Second);
        GoldenCases.Run($"{Exports}/features", items, Key, item =>
        {
            if (!wanted.TryGetValue(Key(item), out var vector))
            {
                Assert.True(item.TryGetProperty("error", out _), "has neither features nor an error");
                Assert.ThrowsAny<Exception>(() => Prepare(encoder, folder, item));
                return;
            }
            // Ours have unit length: the same direction, within the tolerance of the vector.
            var length = Math.Sqrt(vector.Sum(x => (double)x * x));
            Assert.All(vector.Zip(vectors[Key(item)]),
                pair => Assert.InRange(Math.Abs(pair.First - (pair.Second * length)), 0, Tolerance));
        });
    }

    [GoldenFact("encoder-exports")]
    public async Task RunAsync_MeanPooling_IsTheMeanOfThePatchesWithoutTheClassToken()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny("rad-dino-tiny.jsonl"))
            return;
        var path = folder.Resolve("rad-dino-tiny");
        using var encoder = new ImageEncoder(path, _card with { Pooling = ImagePoolingNames.Mean }, OnnxSessionOptions.Cpu);
        var image = encoder.Prepare(File.ReadAllBytes(folder.Resolve("pictures/colour-150x171.png")), "image");
        var found = Assert.Single(await encoder.RunAsync([image], TestContext.Current.CancellationToken));

        using var graph = OnnxSession.Load(Path.Combine(path, "model.onnx"), OnnxSessionOptions.Cpu);
        var pixels = new ImagePreprocessor(PreprocessorSettingsReader.Read(path)).ToTensor(image);
        var states = graph.Run([TensorInput.Create("pixel_values", pixels, 1, 3, 518, 518)], "last_hidden_state")[0]; // [1, 1370, 32]
        var patches = states[32..].Chunk(32).ToArray();
        double[] mean = [.. Enumerable.Range(0, 32).Select(d => patches.Average(patch => (double)patch[d]))];
        var length = Math.Sqrt(mean.Sum(x => x * x));
        Assert.Equal(37 * 37, patches.Length);
        Assert.All(mean.Zip(found), pair => Assert.Equal(pair.First / length, pair.Second, 1e-6));
    }

    [GoldenFact("encoder-exports")]
    public async Task RunAsync_AloneOrTogetherOnAnyThreads_GivesTheSameBits()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny("rad-dino-tiny.jsonl"))
            return;
        var items = folder.ReadList("rad-dino-tiny.jsonl").Take(5).ToList();
        float[][]? expected = null;
        foreach (var threads in new[] { 1, 2, 5 })
        {
            using var encoder = new ImageEncoder(folder.Resolve("rad-dino-tiny"), _card, OnnxSessionOptions.Cpu with { Threads = threads });
            RasterImage[] images = [.. items.Select(item => Prepare(encoder, folder, item))];
            float[][] together = [.. await encoder.RunAsync(images, TestContext.Current.CancellationToken)];
            Assert.Equal(together[3], (await encoder.RunAsync([images[3]], TestContext.Current.CancellationToken))[0]);
            expected ??= together;
            Assert.Equal(expected, together);
        }
    }

    private static string Key(JsonElement item) => $"cls/{item.GetProperty("n")}";

    private static RasterImage Prepare(ImageEncoder encoder, GoldenFolder folder, JsonElement item)
    {
        var place = item.GetProperty("folder").GetString() == "pictures" ? "pictures/" : "../";
        return encoder.Prepare(File.ReadAllBytes(folder.Resolve(place + item.GetProperty("name").GetString())), "image");
    }
}
