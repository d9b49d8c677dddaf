using System.Diagnostics;
using LLama;
using LLama.Native;
using Microsoft.Extensions.Logging.Abstractions;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Chat.Llama;
using SynCxr.Mesh.Report.LlamaSharp;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// The writer <c>llamasharp</c> on one sequence against a bare loop of decode and greedy choice over the same native library, with the same
/// threads, prompt and tokens; and its memory over 500 reports of 64 tokens.
/// </summary>
internal static class LlamaBenchmark
{
    private const int Tokens = 64, Rounds = 7, Reports = 500;
    private const double LeastSpeed = 0.9, MostGrowth = 1.02;

    private static readonly ChatRequest _request = new(
        [
            new ChatTurn("system", "You are a radiologist."),
            new ChatTurn("user", "Tell a very long story about the heart, the lungs and the bones. Do not stop."),
        ], Seed: 1);

    public static async Task<int> RunAsync()
    {
        if (!SharedData.TryFind("smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf", out var file))
            return 1;
        var options = new LlamaSharpOptions { ModelPath = file, ContextSize = 1024, Concurrency = 1, Temperature = 0, MaxTokens = Tokens };
        await using var model = LlamaSharpModel.Load(options, "", NullLogger.Instance);
        using var weights = LLamaWeights.LoadFromFile(LlamaSharpModel.ToParameters(options));
        using var context = weights.CreateContext(LlamaSharpModel.ToParameters(options));
        var prompt = new LlamaPromptTokenizer(weights.NativeHandle).Tokenize(_request.Turns);
        var (ours, bare) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            await WriteAsync(model);
            var written = clock.Elapsed.TotalSeconds;
            clock.Restart();
            Loop(context, prompt);
            if (round > 0) // the first warms up
                (ours, bare) = ([.. ours, written], [.. bare, clock.Elapsed.TotalSeconds]);
        }

        var speed = bare.Order().ElementAt(Rounds / 2) / ours.Order().ElementAt(Rounds / 2);
        Console.WriteLine($"speed, one sequence   {speed:F3} of a bare loop (wanted {LeastSpeed}); {Tokens / ours.Min():F1} tokens/s");
        long start = 0;
        for (var report = 0; report < Reports; report++)
        {
            await WriteAsync(model);
            if (report == Reports / 10)
                start = MemoryNow();
        }

        var growth = (double)MemoryNow() / start;
        Console.WriteLine($"memory, {Reports} reports   {growth:F3} of that after {Reports / 10} (wanted {MostGrowth})");
        return speed >= LeastSpeed && growth <= MostGrowth ? 0 : 1;
    }

    private static async Task WriteAsync(LlamaSharpModel model)
    {
        await foreach (var _ in model.AnswerAsync(_request, CancellationToken.None))
        {
            // only the time counts
        }
    }

    private static void Loop(LLamaContext context, LLamaToken[] prompt)
    {
        context.NativeHandle.MemoryClear();
        var batch = new LLamaBatch();
        var at = batch.AddRange(prompt, 0, (LLamaSeqId)0, logitsLast: true);
        var position = prompt.Length;
        for (var token = 0; token < Tokens; token++)
        {
            if (context.NativeHandle.Decode(batch) != DecodeResult.Ok)
                throw new InvalidOperationException("the bare loop could not decode");
            var logits = context.NativeHandle.GetLogitsIth(at);
            var best = 0;
            for (var i = 1; i < logits.Length; i++)
                best = logits[i] > logits[best] ? i : best;
            batch.Clear();
            at = batch.Add(best, position++, (LLamaSeqId)0, logits: true);
        }
    }

    private static long MemoryNow()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
