using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Report.Ner;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Ner;

/// <summary>Logits of PyTorch, spans of transformers' pipeline and of RaTEScore, for exports of four token classifiers.</summary>
public sealed class NerGoldenTests
{
    private const string Name = "ner-exports";
    private const float Tolerance = 1e-4f;
    private static readonly string[] _models = ["deberta-v3", "bert-cased", "bert-uncased"];
    private static readonly string[] _strategies =
        [AggregationNames.None, AggregationNames.Simple, AggregationNames.First, AggregationNames.Average, AggregationNames.Max];

    [GoldenFact("ner-exports")]
    public void Classify_StringsOfTheModels_GivesLogitsAndLabels()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        using var models = new LoadedModels(folder);
        GoldenCases.Run($"{Name}/logits", Strings(folder), c => $"{c.Model}/{c.Item.GetProperty("n")}", c =>
        {
            var (model, row) = (models[c.Model], models[c.Model].Tokenizer.Encode(c.Item.GetProperty("text").GetString()!));
            CheckClose(models.LogitsOf(c.Model, c.Item.GetProperty("n").ToString()), model.RunLogits(row));
            Assert.Equal(c.Item.GetProperty("labels").EnumerateArray().Select(l => l.GetString()),
                model.Classify(row).Select(token => model.Labels[token.Best]));
        });
    }

    [GoldenFact("ner-exports")]
    public void RunLogits_PaddedBatchesAndPairs_GivesLogits()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var tensors = TensorFile.ReadSafetensors(folder.Resolve("deberta-v2.batches.safetensors"));
        using var scratch = new ScratchFolder();
        folder.CopyFolder("deberta-v3", scratch["model"]); // its tokenizer; the others' files are replaced
        folder.CopyFolder("deberta-v2", scratch["model"]);
        using var model = NerModel.Load(scratch["model"], OnnxSessionOptions.Cpu);
        GoldenCases.Run($"{Name}/batches", tensors.Keys.Where(key => key.EndsWith(".logits", StringComparison.Ordinal)), key => key, key =>
        {
            var batch = key.Split('.')[0];
            var (ids, mask) = (tensors[$"{batch}.input_ids"], tensors[$"{batch}.attention_mask"]);
            var types = tensors[$"{batch}.token_type_ids"];
            var length = ids.Length / 3;
            var rows = Enumerable.Range(0, 3).Select(row => new TextRow(Row(ids, row), Row(types, row), Row(mask, row),
                new TextToken?[length])).ToList();
            var logits = model.RunLogits(rows);
            for (var token = 0; token < ids.Length; token++)
            {
                if (mask[token] == 1)
                    CheckClose(tensors[key][(token * 11)..((token + 1) * 11)], logits[(token * 11)..((token + 1) * 11)]);
            }

            long[] Row(float[] values, int row) => Array.ConvertAll(values[(row * length)..((row + 1) * length)], v => (long)v);
        });
    }

    [GoldenFact("ner-exports")]
    public async Task FindAsync_AllStrategies_GivesTheSpansOfThePipeline()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        using var models = new LoadedModels(folder);
        var cases = Strings(folder).SelectMany(c => _strategies.Select(strategy => (c.Model, c.Item, Strategy: strategy))).ToList();
        var found = new Dictionary<(string, string, string), IReadOnlyList<LabelledSpan>>();
        foreach (var (model, item, strategy) in cases)
            found[(model, item.GetProperty("n").ToString(), strategy)] = await new SpanFinder(models[model], strategy, 0,
                new RowSliceRunner(OnnxSessionOptions.Cpu)).FindAsync(item.GetProperty("text").GetString()!, default);
        GoldenCases.Run($"{Name}/spans", cases, c => $"{c.Model}/{c.Item.GetProperty("n")}/{c.Strategy}", c => CheckSpans(
            c.Item.GetProperty("spans").GetProperty(c.Strategy), found[(c.Model, c.Item.GetProperty("n").ToString(), c.Strategy)],
            c.Item.GetProperty("text").GetString()!));
    }

    [GoldenFact("ner-exports")]
    public void Join_LabelsOfTheModels_GivesTheSpansOfRateScore()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        using var models = new LoadedModels(folder);
        GoldenCases.Run($"{Name}/rate", Strings(folder), c => $"{c.Model}/{c.Item.GetProperty("n")}", c =>
        {
            string[] tokens = [.. c.Item.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!)];
            var spans = RateSpanJoiner.Join(tokens, [.. c.Item.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!)]);
            Assert.Equal(c.Item.GetProperty("rate_spans").EnumerateArray().Select(s => (s[0].GetString()!, s[1].GetString()!)),
                spans.Select(s => (models[c.Model].Tokenizer.Join(tokens[s.First..(s.Last + 1)]), s.Type)));
        });
    }

    [GoldenFact("ner-exports")]
    public void Aggregate_LongTextsInWindows_GivesTheSpansOfThePipeline()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("bert-cased.long.jsonl"))
            return;
        using var models = new LoadedModels(folder);
        GoldenCases.Run($"{Name}/long", _models.SelectMany(model => folder.ReadList($"{model}.long.jsonl").SelectMany(LongCases)
            .Select(c => (Model: model, c.Text, c.Most, c.Stride, c.Strategy, c.Spans))), c => $"{c.Model}/{c.Stride}/{c.Strategy}", c =>
        {
            var model = models[c.Model];
            var rows = model.Tokenizer.EncodeWindows(c.Text, c.Most, c.Stride ?? 0);
            // Without a stride what is beyond the first window is cut off.
            var predictions = rows.Take(c.Stride is null ? 1 : rows.Count).Select(model.Classify).ToList();
            CheckSpans(c.Spans, new SpanAggregator(model.Tokenizer, model.Labels).Aggregate(c.Strategy, c.Text, predictions), c.Text);
        });
    }

    private static IEnumerable<(string Text, int Most, int? Stride, string Strategy, JsonElement Spans)> LongCases(JsonElement item)
    {
        var (text, most) = (item.GetProperty("text").GetString()!, item.GetProperty("model_max_length").GetInt32());
        foreach (var strategy in item.GetProperty("truncated_spans").EnumerateObject())
            yield return (text, most, null, strategy.Name, strategy.Value);
        foreach (var stride in item.GetProperty("stride_spans").EnumerateObject())
        {
            foreach (var strategy in stride.Value.EnumerateObject())
                yield return (text, most, int.Parse(stride.Name, CultureInfo.InvariantCulture), strategy.Name, strategy.Value);
        }
    }

    private static IEnumerable<(string Model, JsonElement Item)> Strings(GoldenFolder folder) =>
        _models.SelectMany(model => folder.ReadList($"{model}.jsonl").Select(item => (model, item)));

    private static void CheckSpans(JsonElement wanted, IReadOnlyList<LabelledSpan> found, string text)
    {
        var answers = wanted.EnumerateArray().ToList();
        Assert.Equal(answers.Select(a => (Type(a), a.GetProperty("word").GetString()!, a.GetProperty("start").GetInt32(),
            a.GetProperty("end").GetInt32())), found.Select(s => (s.Type, s.Word, CodePoints(text, s.Start), CodePoints(text, s.End))));
        CheckClose([.. answers.Select(a => a.GetProperty("score").GetSingle())], [.. found.Select(s => s.Score)]);
    }

    private static string Type(JsonElement span) =>
        (span.TryGetProperty("entity", out var label) ? label : span.GetProperty("entity_group")).GetString()!;

    private static int CodePoints(string text, int units) => text[..units].EnumerateRunes().Count();

    private static void CheckClose(float[] wanted, float[] found)
    {
        Assert.Equal(wanted.Length, found.Length);
        foreach (var (w, f) in wanted.Zip(found))
            Assert.InRange(Math.Abs(w - f), 0, Tolerance);
    }

    /// <summary>The models of the folder, each loaded when it is first asked for.</summary>
    private sealed class LoadedModels(GoldenFolder folder) : IDisposable
    {
        private readonly Dictionary<string, NerModel> _models = [];
        private readonly Dictionary<string, IReadOnlyDictionary<string, float[]>> _logits = [];

        public NerModel this[string name] => _models.TryGetValue(name, out var model)
            ? model : _models[name] = NerModel.Load(folder.Resolve(name), OnnxSessionOptions.Cpu);

        public float[] LogitsOf(string model, string line)
        {
            if (!_logits.TryGetValue(model, out var logits))
                _logits[model] = logits = TensorFile.ReadSafetensors(folder.Resolve($"{model}.logits.safetensors"));
            return logits[line];
        }

        public void Dispose()
        {
            foreach (var model in _models.Values)
                model.Dispose();
        }
    }
}
