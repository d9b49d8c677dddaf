using System.Text;
using System.Text.Json;
using LLama.Sampling;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.LlamaSharp;

/// <summary>The writer's tokens, prompts and choices held to what llama.cpp itself gave for a real model.</summary>
public sealed class LlamaGoldenTests
{
    private const string Name = SmolLm.Folder;

    /// <summary>Builds move the gap between the best and the second token by up to 0.85.</summary>
    private const double LeastMargin = 1.0;

    private const double LogitTolerance = 1.5;

    [GoldenFact("smollm2-135m")]
    public async Task Tokens_AreLlamaCpps()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        await using var model = SmolLm.Load(folder);
        GoldenCases.Run($"{Name}/tokens", ReadCases(folder, "tokens.json"), c => Text(c, "text"), c =>
        {
            var handle = model.Weights.NativeHandle;
            Assert.Equal(Ids(c, "plain"),
                handle.Tokenize(Text(c, "text"), addBos: false, special: false, Encoding.UTF8).Select(t => (int)t));
            Assert.Equal(Ids(c, "parseSpecial"),
                handle.Tokenize(Text(c, "text"), addBos: false, special: true, Encoding.UTF8).Select(t => (int)t));
            Assert.Equal(Ids(c, "addAndParseSpecial"),
                handle.Tokenize(Text(c, "text"), addBos: true, special: true, Encoding.UTF8).Select(t => (int)t));
        });
    }

    /// <summary>
    /// llama.cpp knows a template by its look and adds no system prompt of the template's own. Where a system prompt is first, as in every
    /// conversation of this product, that is the same; there the tokens are held too, but where a turn holds a special token's name.
    /// </summary>
    [GoldenFact("smollm2-135m")]
    public async Task ChatRenderings_AreLlamaCpps()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        await using var model = SmolLm.Load(folder);
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(folder.Resolve("chat-template.json"),
            TestContext.Current.CancellationToken));
        GoldenCases.Run($"{Name}/chat", file.RootElement.GetProperty("cases").EnumerateArray(), c => c.GetProperty("messages").GetRawText(),
            c =>
            {
                var turns = Turns(c);
                Assert.Equal(Text(c, "builtIn"), model.Tokenizer.Render(turns, addAssistant: true));
                Assert.Equal(Text(c, "builtInNoGenerationPrompt"), model.Tokenizer.Render(turns, addAssistant: false));
                if (c.GetProperty("same").GetBoolean())
                    Assert.Equal(Ids(c, "jinjaTokens"), model.Tokenizer.Tokenize(turns).Select(t => (int)t));
            });
    }

    /// <summary>
    /// Through the engine, alone and with four answers in each batch: where the margin is large, the recorded token is the best.
    /// </summary>
    [GoldenFact("smollm2-135m")]
    public async Task GreedyTokens_TeacherForced_AreTheBestWhereTheMarginIsLarge()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var cases = ReadCases(folder, "greedy.json").ToList();
        foreach (var (concurrency, count) in new[] { (1, cases.Count), (4, 8) })
        {
            await using var model = SmolLm.Load(folder, concurrency);
            cases = cases[..count];
            var samplers = cases.Select(c => new ForcedSampler(Ids(c, "tokens"))).ToList();
            await Task.WhenAll(cases.Zip(samplers,
                (c, s) => model.WriteAsync(Ids(c, "promptTokens"), s, TestContext.Current.CancellationToken)));
            GoldenCases.Run($"{Name}/greedy-{concurrency}", cases.Zip(samplers), p => Text(p.First, "prompt"), p =>
            {
                var (margins, tokens) = (p.First.GetProperty("margins").EnumerateArray().Select(m => m.GetDouble()).ToList(),
                    Ids(p.First, "tokens"));
                var logits = p.First.GetProperty("topLogit").EnumerateArray().Select(m => m.GetDouble()).ToList();
                Assert.Equal(Ids(p.First, "promptTokens"), PromptOf(model, p.First));
                Assert.True(p.Second.Best.Count >= tokens.Length, $"{p.Second.Best.Count} steps of {tokens.Length}");
                for (var step = 0; step < tokens.Length; step++)
                {
                    Assert.InRange(p.Second.TopLogits[step] - logits[step], -LogitTolerance, LogitTolerance);
                    Assert.True(margins[step] < LeastMargin || p.Second.Best[step] == tokens[step], $"step {step}");
                }
            });
        }
    }

    [GoldenFact("smollm2-135m")]
    public async Task Grammar_HoldsTheText()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        await using var model = SmolLm.Load(folder, maxTokens: 200);
        var cases = ReadCases(folder, "grammar.json").ToList();
        var written = new List<(string Text, AnswerFault? Fault)>();
        foreach (var c in cases)
        {
            using var sampler = new GreedySamplingPipeline { Grammar = new global::LLama.Sampling.Grammar(Text(c, "gbnf"), "root") };
            written.Add(await model.WriteAsync(Ids(c, "promptTokens"), sampler, TestContext.Current.CancellationToken));
        }

        GoldenCases.Run($"{Name}/grammar", cases.Zip(written), g => Text(g.First, "question"), g =>
        {
            var (c, (text, fault)) = g;
            Assert.Null(fault);
            var margins = c.GetProperty("allowedMargins").EnumerateArray()
                .Select(m => m.ValueKind == JsonValueKind.Null ? double.MaxValue : m.GetDouble());
            var stable = Ids(c, "tokens")[..margins.TakeWhile(m => m >= LeastMargin).Count()];
            Assert.StartsWith(Decode(model, stable), text, StringComparison.Ordinal);
            Assert.Matches(PatternOf(Text(c, "name")), text);
        });
    }

    [GoldenFact("smollm2-135m")]
    public async Task Limits_EndTheText()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(folder.Resolve("behaviour.json"),
            TestContext.Current.CancellationToken));
        var limits = file.RootElement.GetProperty("limits").EnumerateArray().ToList();
        var written = new List<(string Text, AnswerFault? Fault)>();
        foreach (var limit in limits)
        {
            await using var model = SmolLm.Load(folder, maxTokens: limit.GetProperty("maxTokens").GetInt32());
            written.Add(await model.WriteAsync(PromptOf(model, file.RootElement), new GreedySamplingPipeline(),
                TestContext.Current.CancellationToken));
        }

        GoldenCases.Run($"{Name}/limits", limits.Zip(written), l => l.First.GetProperty("maxTokens").GetRawText(), l =>
        {
            Assert.Equal(Text(l.First, "text"), l.Second.Text);
            Assert.Equal(AnswerFaultNames.Length, l.Second.Fault?.Name);
        });
    }

    /// <summary>Some prompts are conversations, some a text that the model goes on with.</summary>
    private static int[] PromptOf(SmolLm model, JsonElement c) =>
        [.. (c.GetProperty("messages").ValueKind == JsonValueKind.Null
            ? model.Weights.NativeHandle.Tokenize(Text(c, "prompt"), addBos: true, special: true, Encoding.UTF8)
            : model.Tokenizer.Tokenize(Turns(c))).Select(t => (int)t)];

    private static string Decode(SmolLm model, int[] tokens)
    {
        var decoder = new LLama.StreamingTokenDecoder(Encoding.UTF8, model.Weights);
        foreach (var token in tokens)
            decoder.Add(token);
        return decoder.Read();
    }

    private static string PatternOf(string name) => name switch
    {
        "finding" => "^\\{\"finding\": \"[a-z ]{1,30}\", \"present\": (true|false)\\}$",
        "list" => "^\\[\"[A-Za-z ]{3,20}\"(, \"[A-Za-z ]{3,20}\"){0,3}\\]$",
        "yesno" => "^(yes|no)$",
        "report" => "^FINDINGS: ([A-Z][a-z ]{5,50}\\. ){1,3}$",
        _ => throw new InvalidOperationException($"a grammar of the name {name} is not known here"),
    };

    private static JsonElement.ArrayEnumerator ReadCases(GoldenFolder folder, string file) =>
        JsonDocument.Parse(File.ReadAllText(folder.Resolve(file))).RootElement.EnumerateArray();

    private static ChatTurn[] Turns(JsonElement c) =>
        [.. c.GetProperty("messages").EnumerateArray().Select(m => new ChatTurn(Text(m, "role"), Text(m, "content")))];

    private static string Text(JsonElement c, string name) => c.GetProperty(name).GetString()!;

    private static int[] Ids(JsonElement c, string name) => [.. c.GetProperty(name).EnumerateArray().Select(t => t.GetInt32())];
}
