using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SynCxr.Mesh.Curation.Judging.LlamaSharp;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Judging.LlamaSharp;

/// <summary>The model in this process, held to what llama-server gave for a small model with a random projector.</summary>
public sealed class LlamaVisionGoldenTests
{
    private const string Name = "tiny-vision-gguf";
    private const string TextModel = "tiny-llama-stories260k";

    /// <summary>Pictures that need no resizing; how the others are resized may change between builds of llama.cpp.</summary>
    private static readonly string[] _exact = ["black.png", "white.png", "gradient.png", "disc.png"];

    [GoldenFact("tiny-vision-gguf")]
    public async Task Answers_AreLlamaServers()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !GoldenFolder.TryFind(TextModel, out var texts))
            return;
        await using var model = Load(folder, texts, maxTokens: 32);
        using var golden = JsonDocument.Parse(await File.ReadAllTextAsync(folder.Resolve("golden.json"),
            TestContext.Current.CancellationToken));
        GoldenCases.Run($"{Name}/answers", golden.RootElement.GetProperty("rows").EnumerateArray(),
            row => $"{row.GetProperty("image")} {row.GetProperty("prompt")}", row =>
            {
                var image = row.GetProperty("image").GetString()!;
                var picture = ReadPicture(folder, image);

                var (positions, tokens, _) = model.Answer(row.GetProperty("prompt").GetString()!, [picture], default);

                Assert.Equal(row.GetProperty("promptPositions").GetInt32(), positions);
                Assert.Equal(32, tokens.Count);
                if (_exact.Contains(image))
                {
                    var stable = row.GetProperty("stablePrefix").GetInt32();
                    Assert.Equal(Ids(row).Take(stable), tokens.Take(stable));
                }
            });
    }

    [GoldenFact("tiny-vision-gguf")]
    public async Task TwoPictures_AreSeenInTheirPlaces()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !GoldenFolder.TryFind(TextModel, out var texts))
            return;
        await using var model = Load(folder, texts, maxTokens: 16);
        using var golden = JsonDocument.Parse(await File.ReadAllTextAsync(folder.Resolve("golden.json"),
            TestContext.Current.CancellationToken));
        GoldenCases.Run($"{Name}/two", [golden.RootElement.GetProperty("twoImages")], row => row.GetProperty("prompt").GetString()!, row =>
        {
            RasterImage[] pictures = [.. row.GetProperty("images").EnumerateArray().Select(i => ReadPicture(folder, i.GetString()!))];

            var (positions, tokens, _) = model.Answer(row.GetProperty("prompt").GetString()!, pictures, default);

            Assert.Equal(row.GetProperty("promptPositions").GetInt32(), positions);
            Assert.Equal(Ids(row)[0], tokens[0]);
        });
    }

    internal static LlamaVisionModel Load(GoldenFolder folder, GoldenFolder texts, int maxTokens) => LlamaVisionModel.Load(
        new LlamaJudgeOptions
        {
            ModelPath = texts.Resolve("stories260K.gguf"),
            ProjectorPath = folder.Resolve("mmproj-tiny-llava.gguf"),
            ContextSize = 512,
            MaxTokens = maxTokens,
            Threads = 1,
            PlainTurns = true,
        }, "digests", NullLogger.Instance);

    private static RasterImage ReadPicture(GoldenFolder folder, string name) =>
        ImageCodec.Decode(File.ReadAllBytes(folder.Resolve(name)), name);

    private static int[] Ids(JsonElement row) => [.. row.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32())];
}
