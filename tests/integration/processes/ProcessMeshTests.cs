using System.Text.Json;
using Grpc.Net.Client;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary><c>syncxr mesh</c>: replicas that are killed, drained and added while a data set is made cost no pair.</summary>
public sealed class ProcessMeshTests
{
    [Fact]
    public async Task Up_ReplicasKilledDrainedAndAddedUnderLoad_SealsEveryPairAndEndsInGoodOrder()
    {
        using var scratch = new ScratchFolder();
        var state = scratch["state"];
        await using var mesh = SyncxrProcess.StartCommand(
            "mesh", "up", "--state", state, "--json", "--replicas", "report=2", "--replicas", "diffusion=2", "--set",
            "Diffusion:Engine=fixed-cost", "--set", "Balancer:Concurrency=16");
        while (!mesh.Output.Contains('{', StringComparison.Ordinal))
        {
            Assert.False(mesh.HasExited, mesh.Output + mesh.Error);
            await Task.Delay(100);
        }

        var spec = scratch["spec.yaml"];
        await File.WriteAllTextAsync(spec, "pairs: 96\nseed: 7\npreset: demo\ncuration:\n  accept_all: true\n");
        var dataset = SyncxrProcess.RunJsonAsync("dataset", "create", "-f", spec, "--watch", "--state", state);
        await WaitForRenderedPairAsync(state);
        await RunAsync("kill", "diffusion/1", state);
        await RunAsync("drain", "report/2", state);
        await RunAsync("add", "diffusion", state);
        var (code, result, error) = await dataset;

        Assert.True(code == 0, error + mesh.Error);
        Assert.Equal((96, 96), (result.GetProperty("pairs").GetInt32(), result.GetProperty("attempts").GetInt32()));
        var status = (await RunAsync("status", null, state)).GetProperty("replicas").EnumerateArray()
            .ToDictionary(r => $"{r.GetProperty("service").GetString()}/{r.GetProperty("number").GetInt32()}");
        Assert.Equal(("ready", 1),
            (status["diffusion/1"].GetProperty("state").GetString(), status["diffusion/1"].GetProperty("restarts").GetInt32()));
        Assert.Equal("ended", status["report/2"].GetProperty("state").GetString());
        Assert.Equal("ready", status["diffusion/3"].GetProperty("state").GetString());

        await mesh.SignalAsync("INT");
        Assert.True(await mesh.WaitForExitAsync() == 0, mesh.Error);
        Assert.All(status.Values,
            r => Assert.False(Directory.Exists($"/proc/{Math.Max(1, r.GetProperty("pid").GetInt32())}/task")
                && r.GetProperty("pid").GetInt32() > 0, $"{r} still runs"));
        Assert.False(File.Exists(Path.Combine(state, "up.json")));
    }

    [Theory]
    [InlineData("--replicas", "balancer=2", "--with-servers")]
    [InlineData("--replicas", "trainer=2", "--with-servers")]
    [InlineData("--replicas", "diffusion=0", "--replicas")]
    [InlineData("--programs", "/nowhere", "--programs")]
    public async Task Up_OptionThatCannotBeMet_ExitsWithTwoAndSaysWhy(string option, string value, string named)
    {
        using var scratch = new ScratchFolder();

        var (code, _, error) = await SyncxrProcess.RunAsync("mesh", "up", "--state", scratch["state"], option, value);

        Assert.True(code == 2, error);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_ModelThatCannotBeLoaded_EndsAndSaysWhichAndWhy()
    {
        using var scratch = new ScratchFolder();
        var shipped = Path.Combine(Repository.Root, "services/curation/models/cxr-tiny-judge");
        Directory.CreateDirectory(scratch["judge"]);
        foreach (var file in Directory.EnumerateFiles(shipped))
            File.Copy(file, scratch[$"judge/{Path.GetFileName(file)}"]);
        await File.AppendAllTextAsync(scratch["judge/model.onnx"], "x");

        var (code, _, error) = await SyncxrProcess.RunAsync("mesh", "up", "--state", scratch["state"], "--set",
            $"Curation:ModelPath={scratch["judge"]}");

        Assert.True(code == 2, error);
        Assert.Contains(
            $"The replica curation/1 can't start: Curation:ModelPath: {scratch["judge/model.onnx"]}: has another SHA-256", error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Down_MeshThatWasKilled_EndsWhatItLeft()
    {
        using var scratch = new ScratchFolder();
        var state = scratch["state"];
        await using var mesh = SyncxrProcess.StartCommand("mesh", "up", "--state", state, "--json");
        while (!mesh.Output.Contains('{', StringComparison.Ordinal))
        {
            Assert.False(mesh.HasExited, mesh.Output + mesh.Error);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        var replicas = (await RunAsync("status", null, state)).GetProperty("replicas").EnumerateArray()
            .Select(r => r.GetProperty("pid").GetInt32()).ToList();
        await mesh.SignalAsync("KILL");
        await mesh.WaitForExitAsync();
        Assert.All(replicas, r => Assert.True(Directory.Exists($"/proc/{r}"), "a replica ended with its mesh, so nothing is tested"));
        var (statusCode, _, status) = await SyncxrProcess.RunAsync("mesh", "status", "--state", state);
        var (upCode, _, up) = await SyncxrProcess.RunAsync("mesh", "up", "--state", state);

        var (code, output, error) = await SyncxrProcess.RunAsync("mesh", "down", "--state", state);

        Assert.Equal((2, 2), (statusCode, upCode));
        Assert.Contains("`syncxr mesh down` ends them", status, StringComparison.Ordinal);
        Assert.Contains("`syncxr mesh down` ends them", up, StringComparison.Ordinal);
        Assert.True(code == 0, error);
        Assert.Contains("balancer/1 ended, which a killed mesh had left", output, StringComparison.Ordinal);
        Assert.All(replicas, r => Assert.False(IsRunning(r), $"{r} still runs"));
        Assert.False(File.Exists(Path.Combine(state, "up.json")));
    }

    /// <summary>False for a process that has ended and waits for its parent, the machine's first process, to take notice.</summary>
    private static bool IsRunning(int pid) =>
        Directory.Exists($"/proc/{pid}") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>The recorded ids belong to this test by now: it neither ends nor blocks the folder.</summary>
    [Fact]
    public async Task Down_IdsThatOthersGotSince_EndsNobodyAndFreesTheFolder()
    {
        using var scratch = new ScratchFolder();
        var mesh = Directory.CreateDirectory(scratch["state/mesh"]).FullName;
        var own = Environment.ProcessId;
        await File.WriteAllTextAsync(Path.Combine(mesh, "state.json"),
            $$"""
            {"pid":{{own}},"start":"other/1","grpc":"http://127.0.0.1:1","json":"http://127.0.0.1:2","replicas":[{"service":"report",
             "number":1,"pid":{{own}},"start":"other/2","grpc":"","json":"","state":"ready","restarts":0}]}
            """, TestContext.Current.CancellationToken);

        var (statusCode, _, status) = await SyncxrProcess.RunAsync("mesh", "status", "--state", scratch["state"]);
        var (code, _, error) = await SyncxrProcess.RunAsync("mesh", "down", "--state", scratch["state"]);

        Assert.Equal(2, statusCode);
        Assert.Contains("has ended", status, StringComparison.Ordinal);
        Assert.True(code == 0, error);
        Assert.False(File.Exists(Path.Combine(mesh, "state.json")));
    }

    [Fact]
    public async Task Status_NoMesh_ExitsWithTwoAndSaysHowToStartOne()
    {
        using var scratch = new ScratchFolder();

        var (code, _, error) = await SyncxrProcess.RunAsync("mesh", "status", "--state", scratch.Path);

        Assert.True(code == 2, error);
        Assert.Contains("mesh up", error, StringComparison.Ordinal);
    }

    /// <summary>Waits until images are rendered: a kill before that would prove nothing.</summary>
    private static async Task WaitForRenderedPairAsync(string state)
    {
        using var up = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(state, "up.json")));
        using var channel = GrpcChannel.ForAddress(up.RootElement.GetProperty("grpc").GetString()!);
        var client = new DatasetService.DatasetServiceClient(channel);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var listed = await client.ListDatasetsAsync(new ListDatasetsRequest(), cancellationToken: limit.Token);
            if (listed.Datasets is [{ State: DatasetState.Assembling } first]
                && (await client.ListPairsAsync(new ListPairsRequest { Parent = first.Name }, cancellationToken: limit.Token)).Pairs.Any(
                    p => p.State >= PairState.Rendered))
                return;
            await Task.Delay(100, limit.Token);
        }
    }

    private static async Task<JsonElement> RunAsync(string verb, string? target, string state)
    {
        var (code, result,
            error) = await SyncxrProcess.RunJsonAsync(["mesh", verb, .. target is null ? [] : new[] { target }, "--state", state]);
        Assert.True(code == 0, error);
        return result;
    }
}
