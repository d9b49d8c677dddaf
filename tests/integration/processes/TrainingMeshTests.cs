using System.Text.Json;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>
/// Two trainers and two evaluators on PostgreSQL, RabbitMQ and S3: a data set whose spec asks for a training and an evaluation.
/// </summary>
public sealed class TrainingMeshTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Dataset_TrainerKilledInTheMiddle_IsTrainedOnOnceAndMeasuredOnce()
    {
        await using var servers = await PrivateServers.StartAsync();
        if (!servers.AreAvailable())
            return;
        var (state, spec) = (_scratch["state"], _scratch["spec.yaml"]);
        string[] more = ["Diffusion:Engine=fixed-cost", "Trainer:Lease=00:00:03", "Evaluator:Lease=00:00:03"];
        await using var mesh = SyncxrProcess.StartCommand(
            ["mesh", "up", "--state", state, "--json", "--replicas", "trainer=2", "--replicas", "evaluator=2",
                .. servers.Settings.Select(s => $"{s.Key}={s.Value}").Concat(more).SelectMany(s => new[] { "--set", s })]);
        while (!mesh.Output.Contains('{', StringComparison.Ordinal))
        {
            Assert.False(mesh.HasExited, mesh.Output + mesh.Error);
            await Task.Delay(100);
        }

        await File.WriteAllTextAsync(spec, $$"""
            pairs: 12
            preset: demo
            curation: {accept_all: true}
            train:
              recipe: convirt
              preset: test
              model_name: by-event
              steps: 250
              evaluate:
                - zero_shot: {data: {layout: folders, name: {{GradientImages.WriteFolder(_scratch["test"], 12)}}}, resamples: 20}
            """);
        var made = await RunAsync("dataset", "create", "-f", spec, "--watch");
        var training = await WaitUntilAsync("training", "trainings",
            t => t.GetProperty("progress") is { ValueKind: JsonValueKind.Object } p && p.GetProperty("phase").GetString() == "contrast"
                && p.GetProperty("step").GetInt32() > 10);

        var (killed, other) = Logs(1).Contains(" starts: ", StringComparison.Ordinal) ? (1, 2) : (2, 1);
        await RunAsync("mesh", "kill", $"trainer/{killed}", "--stay-down");
        var ended = await RunAsync("training", "watch", Name(training));
        var evaluation = await WaitUntilAsync("evaluation", "evaluations", e => e.GetProperty("state").GetString() == "SUCCEEDED");

        Assert.StartsWith("s3://", made.GetProperty("folder").GetString(), StringComparison.Ordinal);
        Assert.Equal(("SUCCEEDED", Name(made)), (ended.GetProperty("state").GetString(), ended.GetProperty("cause").GetString()));
        Assert.Equal(Name(training) + "/0", evaluation.GetProperty("cause").GetString());
        Assert.Equal(1, (await RunAsync("training", "list")).GetProperty("trainings").GetArrayLength());
        Assert.Equal(1, (await RunAsync("evaluation", "list")).GetProperty("evaluations").GetArrayLength());
        var steps = (await RunAsync("training", "curve", Name(training))).GetProperty("points").EnumerateArray()
            .Select(p => p.GetProperty("step").GetInt32());
        Assert.Equal(Enumerable.Range(1, 250), steps);
        Assert.Contains(" starts: ", Logs(other), StringComparison.Ordinal);
        Assert.DoesNotContain(": contrast 1 of ", Logs(other), StringComparison.Ordinal); // it went on from the checkpoint
        await mesh.SignalAsync("INT");
        Assert.True(await mesh.WaitForExitAsync() == 0, mesh.Error);
    }

    private string Logs(int trainer) => File.ReadAllText(_scratch[$"state/mesh/trainer-{trainer}.log"]);

    private async Task<JsonElement> RunAsync(params string[] args)
    {
        var (code, result, error) = await SyncxrProcess.RunJsonAsync([.. args, "--state", _scratch["state"]]);
        Assert.True(code == 0, error + result);
        return result;
    }

    private async Task<JsonElement> WaitUntilAsync(string noun, string list, Func<JsonElement, bool> which)
    {
        for (var i = 0; i < 100; i++)
        {
            foreach (var found in (await RunAsync(noun, "list")).GetProperty(list).EnumerateArray().Where(which))
                return found;
            await Task.Delay(100);
        }

        throw new TimeoutException($"none of the {list} is the one that was waited for");
    }

    private static string Name(JsonElement resource) => resource.GetProperty("name").GetString()!;
}
