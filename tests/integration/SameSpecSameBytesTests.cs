using System.Collections.Concurrent;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests;

/// <summary>The same spec gives the same bytes: in any state folder, with any batch size and thread count, and after a crash.</summary>
public sealed class SameSpecSameBytesTests(DemoFixture demo)
{
    private const int FewPairs = 8;

    [Fact]
    public async Task Demo_EveryBatchWithEveryThreadCount_GivesTheSameRoot()
    {
        using var scratch = new ScratchFolder();
        var roots = new ConcurrentDictionary<string, string?>();
        var all = from b in new[] { 1, 2, 3, 8 } from t in new[] { 1, 2 } select (Batch: b, Threads: t);
        await Parallel.ForEachAsync(all,
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken }, async (x, _) =>
        {
            var (batch, threads) = x;
            var (code, result, error) = await SyncxrProcess.RunJsonAsync(
                "demo", "--pairs", $"{FewPairs}", "--state", scratch[$"batch-{batch}-threads-{threads}"],
                "--set", $"Diffusion:MaxBatch={batch}", "--set", $"Curation:MaxBatch={batch}",
                "--set", $"Diffusion:Threads={threads}", "--set", $"Curation:Threads={threads}");
            Assert.True(code == 0, error);
            Assert.Equal(FewPairs, result.GetProperty("pairs").GetInt32());
            roots[$"batch {batch}, threads {threads}"] = result.GetProperty("root").GetString();
        });

        Assert.Equal(8, roots.Count);
        Assert.True(roots.Values.Distinct().Count() == 1, string.Join('\n', roots.Select(r => $"{r.Key}: {r.Value}")));
    }

    [Fact]
    public async Task Demo_OtherSeed_GivesAnotherRoot()
    {
        using var scratch = new ScratchFolder();

        var (code, result, error) = await SyncxrProcess.RunJsonAsync(DemoFixture.Arguments(scratch["state"], "--seed", "2"));

        Assert.True(code == 0, error);
        Assert.NotEqual(demo.Root, result.GetProperty("root").GetString());
    }

    [Fact]
    public async Task Demo_KilledInTheMiddleAndRunAgain_GivesTheSameRoot()
    {
        using var scratch = new ScratchFolder();
        var state = scratch["state"];
        var objects = Path.Combine(state, "objects");
        await using (var first = SyncxrProcess.StartCommand(DemoFixture.Arguments(state)))
        {
            while (!first.HasExited
                && !(Directory.Exists(objects) && Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories).Count() >= 3))
                await Task.Delay(20);
            Assert.False(first.HasExited, "the demo ended before it could be killed: " + first.Error);
            first.Kill();
            await first.WaitForExitAsync();
        }

        var (code, result, error) = await SyncxrProcess.RunJsonAsync(DemoFixture.Arguments(state));

        Assert.True(code == 0, error);
        Assert.Equal(demo.Root, result.GetProperty("root").GetString());
    }

    [Fact]
    public void Demo_Reference_SaysWhatItDid()
    {
        var result = demo.Result;

        Assert.Equal(DemoFixture.Pairs, result.GetProperty("pairs").GetInt64());
        Assert.True(result.GetProperty("attempts").GetInt64() >= DemoFixture.Pairs);
        Assert.Equal(0, result.GetProperty("truncated_prompts").GetInt64());
        Assert.InRange(result.GetProperty("entity_use").GetProperty("entropy").GetDouble(), 0.9, 1.0);
        Assert.True(result.GetProperty("pairs_per_second").GetDouble() > 0);
        Assert.NotEmpty(result.GetProperty("seconds_by_stage").EnumerateObject());
        Assert.True(File.Exists(Path.Combine(demo.Folder, "manifest.json")));
    }
}
