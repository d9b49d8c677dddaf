using System.Text.Json;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Onnx.Text;
using SynCxr.Mesh.Report.TextModels;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.TextModels;

/// <summary>Vectors of PyTorch for encoders of MedCPT's form and of sentence-transformers', a real one among them.</summary>
public sealed class TextEncoderGoldenTests
{
    private const string Exports = "encoder-exports", Sentences = "minilm-sentence-encoder";
    private const float Tolerance = 1e-4f;
    private const double LeastCosine = 0.96;

    // What SOURCE.md says of the folders; the third one says it itself.
    private static readonly Dictionary<string, TextEncoderCard?> _cards = new()
    {
        ["medcpt-query"] = new TextEncoderCard { Pooling = TextPoolingNames.Cls, MaxTokens = 64 },
        ["medcpt-article"] = new TextEncoderCard { Pooling = TextPoolingNames.Cls, MaxTokens = 512 },
        ["minilm-like"] = null,
    };

    [GoldenFact("encoder-exports")]
    public async Task EmbedAsync_TextsAndPairs_GivesTheVectors()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny("medcpt-query.jsonl"))
            return;
        var cases = new List<(string Model, JsonElement Item, TextRow Row, TextVector Found, float[] Wanted)>();
        foreach (var (model, card) in _cards)
        {
            using var encoder = new TextEncoder(folder.Resolve(model), card, OnnxSessionOptions.Cpu with { Threads = 2 });
            var items = folder.ReadList($"{model}.jsonl");
            var texts = items.Select(Text).ToList();
            var found = await encoder.EmbedAsync(texts, TestContext.Current.CancellationToken);
            var vectors = TensorFile.ReadSafetensors(folder.Resolve($"{model}.vectors.safetensors"))["vectors"].Chunk(32).ToArray();
            Assert.Equal(items.Count, vectors.Length);
            cases.AddRange(items.Select((item, i) => (model, item, encoder.Encode(texts[i].Text, texts[i].Second), found[i], vectors[i])));
        }
        GoldenCases.Run($"{Exports}/text", cases, c => $"{c.Model}/{c.Item.GetProperty("n")}", c =>
        {
            Assert.Equal(c.Item.GetProperty("tokens").GetInt32(), c.Row.Length);
            Assert.Equal(c.Item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()), c.Row.Ids.Take(40));
            Assert.Equal(c.Item.GetProperty("token_type_sum").GetInt64(), c.Row.TypeIds.Sum());
            Assert.Equal(c.Wanted.Length, c.Found.Values.Length);
            Assert.All(c.Wanted.Zip(c.Found.Values), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Tolerance));
        });
    }

    [GoldenFact("encoder-exports")]
    public void Run_PaddedBatches_GivesTheStates()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny("medcpt-query.jsonl"))
            return;
        GoldenCases.Run($"{Exports}/text-batches", _cards.Keys, model => model, model =>
        {
            var tensors = TensorFile.ReadSafetensors(folder.Resolve($"{model}.vectors.safetensors"));
            using var texts = new TextModelFolder(folder.Resolve(model), "last_hidden_state", OnnxSessionOptions.Cpu);
            var rows = folder.ReadList($"{model}.jsonl").Take(8).Select(Text)
                .Select(t => texts.Tokenizer.Encode(t.Text, t.Second)).ToList();
            var length = rows.Max(row => row.Length);
            rows = [.. rows.Select(row => row.PadTo(length, texts.Tokenizer.PaddingId))];
            foreach (var (name, found) in new (string, IEnumerable<long>)[]
            {
                ("input_ids", rows.SelectMany(row => row.Ids)), ("attention_mask", rows.SelectMany(row => row.Mask)),
                ("token_type_ids", rows.SelectMany(row => row.TypeIds)),
            })
                Assert.Equal(tensors[$"batch.{name}"].Select(value => (long)value), found);
            var states = texts.Graph.Run(texts.Tokenizer.PaddingId, rows).Values.Chunk(length * 32).ToArray();
            var wanted = tensors["batch.last_hidden_state"];
            var kept = wanted.Length / 8 / 32;
            for (var row = 0; row < 8; row++)
            {
                for (var i = 0; i < Math.Min(kept, rows[row].Mask.Sum()) * 32; i++)
                    Assert.InRange(Math.Abs(wanted[(row * kept * 32) + i] - states[row][i]), 0, Tolerance);
            }
        });
    }

    [GoldenFact("minilm-sentence-encoder")]
    public async Task EmbedAsync_RealSentenceEncoder_GivesTheVectors()
    {
        if (!GoldenFolder.TryFind(Sentences, out var folder) || !folder.HasAny("sentences.jsonl"))
            return;
        var card = new TextEncoderCard { Pooling = TextPoolingNames.Mean, Normalize = true, MaxTokens = 256 };
        using var encoder = new TextEncoder(folder.Path, card, OnnxSessionOptions.Cpu with { Threads = 2 });
        var items = folder.ReadList("sentences.jsonl");
        var found = await encoder.EmbedAsync([.. items.Select(Text)], TestContext.Current.CancellationToken);
        var vectors = TensorFile.ReadSafetensors(folder.Resolve("vectors.safetensors"))["full_precision"].Chunk(384).ToArray();
        var lowest = Enumerable.Range(0, items.Count).Min(i => Cosine(vectors[i], found[i].Values));
        GoldenCases.Note(Sentences, FormattableString.Invariant($"lowest cosine {lowest:0.0000}"));
        GoldenCases.Run(Sentences, items.Select((item, i) => (item, i)), c => c.item.GetProperty("n").ToString(), c =>
        {
            Assert.Equal(c.item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64()),
                encoder.Encode(Text(c.item).Text, null).Ids);
            Assert.InRange(Cosine(vectors[c.i], found[c.i].Values), LeastCosine, 1.0001);
        });
    }

    private static (string Text, string? Second) Text(JsonElement item) => item.GetProperty("text") switch
    {
        { ValueKind: JsonValueKind.Array } pair => (pair[0].GetString()!, pair[1].GetString()),
        var text => (text.GetString()!, null),
    };

    private static double Cosine(float[] a, float[] b) => a.Zip(b).Sum(p => (double)p.First * p.Second)
        / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
}
