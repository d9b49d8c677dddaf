using System.Diagnostics;
using System.Globalization;
using Grpc.Net.Client;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>Ctrl-C cancels the work in the mesh, and not only the command.</summary>
public sealed class InterruptTests(StandaloneMeshFixture mesh)
{
    private const int Cancelled = 130;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Create_InterruptedOnARunningMesh_CancelsTheDatasetAndSaysSo(bool json)
    {
        using var scratch = new ScratchFolder();
        var title = $"interrupted {json}";
        await using var command = await StartWatchingAsync(scratch, title, ["--mesh", mesh.Grpc, .. json ? new[] { "--json" } : []]);

        await command.SignalAsync("INT");

        Assert.Equal(Cancelled, await command.WaitForExitAsync());
        var dataset = await FindDatasetAsync(mesh.Channel, title);
        Assert.Equal(DatasetState.Cancelled, dataset.State);
        Assert.Contains($"{dataset.Name} is CANCELLED: ", command.Error, StringComparison.Ordinal);
        if (json)
            Assert.Contains("\"state\":\"CANCELLED\"", command.Output.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        mesh.AssertAlive();
    }

    [Fact]
    public async Task Demo_InterruptedOnARunningMesh_CancelsItsDataset()
    {
        using var scratch = new ScratchFolder();
        await using var command = SyncxrProcess.StartCommand("demo", "--pairs", "401", "--mesh", mesh.Grpc, "--state", scratch["state"]);
        await WaitUntilAsync(command, () => command.Error.Contains("pairs ", StringComparison.Ordinal));

        await command.SignalAsync("INT");

        Assert.Equal(Cancelled, await command.WaitForExitAsync());
        var all = await new DatasetService.DatasetServiceClient(mesh.Channel).ListDatasetsAsync(
            new ListDatasetsRequest { PageSize = 1000 });
        Assert.Equal(DatasetState.Cancelled, Assert.Single(all.Datasets, d => d.Spec.Pairs == 401).State);
        mesh.AssertAlive();
    }

    [Fact]
    public async Task Create_InterruptedWithAnInProcessMesh_LeavesItCancelledInTheStateFolder()
    {
        using var scratch = new ScratchFolder();
        await using (var command = await StartWatchingAsync(scratch, "own", ["--state", scratch["state"]]))
        {
            await command.SignalAsync("INT");

            Assert.Equal(Cancelled, await command.WaitForExitAsync());
            Assert.Contains("is CANCELLED: ", command.Error, StringComparison.Ordinal);
        }

        var (code, result, error) = await SyncxrProcess.RunJsonAsync("dataset", "list", "--state", scratch["state"]);

        Assert.True(code == 0, error);
        Assert.Equal("CANCELLED", Assert.Single(result.GetProperty("datasets").EnumerateArray()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Create_InterruptedTwiceWhileTheMeshHangs_EndsAtOnce()
    {
        using var scratch = new ScratchFolder();
        var port = TestPort.Reserve();
        await using var hanging = SyncxrProcess.StartCommand(
            "up", "--state", scratch["state"], "--port", port.ToString(CultureInfo.InvariantCulture), "--json-port",
            TestPort.Reserve().ToString(CultureInfo.InvariantCulture));
        await WaitUntilAsync(hanging, () => File.Exists(scratch["state/up.json"]));
        await using var command = await StartWatchingAsync(scratch, "hung",
            ["--mesh", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")]);
        await hanging.SignalAsync("STOP");

        await command.SignalAsync("INT");
        Assert.False(command.HasExited, "one Ctrl-C ended the command before the mesh answered");
        await command.SignalAsync("INT"); // a terminal and a shell both pass on the same Ctrl-C
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        Assert.False(command.HasExited, "the same Ctrl-C, twice, ended the command");
        var clock = Stopwatch.StartNew();
        await command.SignalAsync("INT");

        Assert.Equal(Cancelled, await command.WaitForExitAsync());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await hanging.SignalAsync("CONT");
    }

    /// <summary>Starts <c>dataset create --watch</c> and waits until it has shown progress, so that the data set exists.</summary>
    private static async Task<SyncxrProcess> StartWatchingAsync(ScratchFolder scratch, string title, IEnumerable<string> more)
    {
        var file = scratch["spec.yaml"];
        await File.WriteAllTextAsync(file, $"pairs: 400\nseed: 11\npreset: demo\ntitle: {title}\n");
        var command = SyncxrProcess.StartCommand(["dataset", "create", "-f", file, "--watch", .. more]);
        await WaitUntilAsync(command, () => command.Error.Contains("pairs ", StringComparison.Ordinal));
        return command;
    }

    private static async Task WaitUntilAsync(SyncxrProcess process, Func<bool> holds)
    {
        for (var clock = Stopwatch.StartNew(); !holds(); await Task.Delay(50))
        {
            Assert.False(process.HasExited, process.Output + process.Error);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(90), process.Output + process.Error);
        }
    }

    private static async Task<ImageReportDataset> FindDatasetAsync(GrpcChannel channel, string title)
    {
        var all = await new DatasetService.DatasetServiceClient(channel).ListDatasetsAsync(new ListDatasetsRequest { PageSize = 1000 });
        return Assert.Single(all.Datasets, d => d.Spec.Title == title);
    }
}
