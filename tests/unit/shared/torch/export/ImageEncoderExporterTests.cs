using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Torch.Export.Encoders;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Torch.Export;

/// <summary>Graphs that are written from safetensors, against what PyTorch computed with the same weights.</summary>
public sealed class ImageEncoderExporterTests
{
    private const string Exports = "encoder-exports";
    private const float Tolerance = 1e-4f;

    private static readonly (string Model, string Output, int First)[] _answers =
    [
        ("vit-tiny", "last_hidden_state", 0), ("vit-tiny", "pooler_output", 0),
        ("clip-vision-tiny", "last_hidden_state", 0), ("clip-vision-tiny", "image_embeds", 0),
        ("siglip-vision-tiny", "last_hidden_state", 0), ("siglip-vision-tiny", "pooler_output", 0),
        ("dinov2-swiglu-tiny", "last_hidden_state", 0), ("dinov2-swiglu-tiny", "pooler_output", 17 * 24), // its pooler is the class token
    ];

    [GoldenFact("encoder-exports")]
    public void Export_Safetensors_GivesTheAnswers()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny("other-encoders.safetensors"))
            return;
        using var scratch = new ScratchFolder();
        var wanted = TensorFile.ReadSafetensors(folder.Resolve("other-encoders.safetensors"));
        GoldenCases.Run($"{Exports}/other-encoders", _answers, answer => $"{answer.Model}/{answer.Output}", answer =>
        {
            var target = Path.Combine(scratch.Path, $"{answer.Model}.onnx");
            ImageEncoderExporter.Export(folder.Resolve(answer.Model), target);
            using var session = OnnxSession.Load(target, OnnxSessionOptions.Cpu);
            var stride = answer.First;
            var output = stride > 0 ? "last_hidden_state" : answer.Output;
            var found = session.Run([TensorInput.Create("pixel_values", wanted["pixel_values"], 3, 3, 56, 56)], output)[0];
            if (stride > 0)
                found = [.. found.Chunk(stride).SelectMany(picture => picture.Take(24))];
            AssertNear(wanted[$"{answer.Model}/{answer.Output}"], found, Tolerance);
        });
    }

    [GoldenFact("encoder-exports")]
    public void Export_RadDino_GivesTheFeaturesOfEverySize()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny("rad-dino-tiny.features.safetensors"))
            return;
        using var scratch = new ScratchFolder();
        var target = Path.Combine(scratch.Path, "model.onnx");
        ImageEncoderExporter.Export(folder.Resolve("rad-dino-tiny"), target);
        using var own = OnnxSession.Load(target, OnnxSessionOptions.Cpu);
        using var given = OnnxSession.Load(folder.Resolve("rad-dino-tiny/model.onnx"), OnnxSessionOptions.Cpu);
        var wanted = TensorFile.ReadSafetensors(folder.Resolve("rad-dino-tiny.features.safetensors"));
        var sizes = wanted.Keys.Select(key => key.Split('/')).Where(key => key[0] == "size").Select(key => key[1]).Distinct();
        var cases = from size in sizes.Order(StringComparer.Ordinal)
                    from graph in new[] { own, given }
                    select (size, graph);
        GoldenCases.Run($"{Exports}/sizes", cases, c => $"{c.size}/{(c.graph == own ? "own" : "exporter")}", c =>
        {
            var (pixels, height, width) = Spread(wanted, c.size);
            var states = c.graph.Run([TensorInput.Create("pixel_values", pixels, 1, 3, height, width)], "last_hidden_state")[0];
            AssertNear(wanted[$"size/{c.size}/cls"], states[..32], 1e-3f);
            var patches = states[32..].Chunk(32).ToArray();
            Assert.Equal(height / 14 * (width / 14), patches.Length);
            AssertNear(wanted[$"size/{c.size}/patch_mean"], [.. Enumerable.Range(0, 32).Select(d => patches.Average(p => p[d]))], 1e-3f);
        });
    }

    [Theory]
    [InlineData("\"use_swiglu_ffn\": true", "\"use_swiglu_ffn\": false", "'encoder.layer.0.mlp.fc1.weight' is missing")]
    [InlineData("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"", "config.json: hidden_act: can't be obeyed")]
    [InlineData("\"num_attention_heads\": 2", "\"num_attention_heads\": 5", "config.json: num_attention_heads: is 5 and must divide")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "'encoder.layer.1.attention.attention.key.bias' is a weight that")]
    [InlineData("\"image_size\": 56", "\"image_size\": 70", "'embeddings.position_embeddings' has the shape [1, 17, 24]")]
    [InlineData("\"model_type\": \"dinov2\"", "\"model_type\": \"swin\"", "config.json: model_type: is of no image encoder")]
    [InlineData("\"layer_norm_eps\": 1e-06", "\"layer_norm_eps\": 0", "config.json: layer_norm_eps: must be a number")]
    public void Export_ConfigThatCannotBeObeyed_IsRefusedByKey(string from, string to, string part)
    {
        if (!GoldenFolder.TryFind(Exports, out var folder))
            return;
        using var scratch = new ScratchFolder();
        var source = folder.CopyFolder("dinov2-swiglu-tiny", Directory.CreateDirectory(scratch["source"]).FullName);
        var config = Path.Combine(source, "config.json");
        var text = File.ReadAllText(config);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(from, to, StringComparison.Ordinal));

        var refusal = Assert.Throws<InvalidDataException>(() => ImageEncoderExporter.Export(source, scratch["model.onnx"]));

        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(scratch["model.onnx"]));
    }

    // SOURCE.md: each value of the coarse grid is repeated s times down and t times across, then cut.
    private static (float[] Pixels, int Height, int Width) Spread(IReadOnlyDictionary<string, float[]> tensors, string size)
    {
        int[] sides = [.. size.Split('x').Select(int.Parse)];
        var (height, width) = (sides[0], sides[1]);
        var (down, across) = ((height / 14) + 1, (width / 14) + 1);
        var grid = tensors[$"size/{size}/pixels_every_14th"];
        var (rows, columns) = ((height + down - 1) / down, (width + across - 1) / across);
        Assert.Equal(3 * rows * columns, grid.Length);
        var pixels = from channel in Enumerable.Range(0, 3)
                     from y in Enumerable.Range(0, height)
                     from x in Enumerable.Range(0, width)
                     select grid[(((channel * rows) + (y / down)) * columns) + (x / across)];
        return ([.. pixels], height, width);
    }

    private static void AssertNear(float[] wanted, float[] found, float tolerance)
    {
        Assert.Equal(wanted.Length, found.Length);
        Assert.All(wanted.Zip(found), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
    }
}
