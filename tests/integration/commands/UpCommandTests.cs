using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary><c>syncxr up</c> drains at SIGTERM; commands that find no mesh at <c>--mesh</c> say so.</summary>
public sealed class UpCommandTests(StandaloneMeshFixture running)
{
    [Fact]
    public async Task Up_TerminatedWithACallInFlight_FinishesItAndLeavesNoAddressFile()
    {
        using var scratch = new ScratchFolder();
        var port = TestPort.Reserve();
        await using var process = SyncxrProcess.StartCommand("up", "--state", scratch["state"], "--port",
            port.ToString(CultureInfo.InvariantCulture));
        while (!process.Output.Contains("Ctrl-C stops it", StringComparison.Ordinal))
        {
            Assert.False(process.HasExited, process.Output + process.Error);
            await Task.Delay(100);
        }

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"JSON  http://127.0.0.1:{port + 100}"), process.Output,
            StringComparison.Ordinal);
        using var channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        using var call = new DiffusionService.DiffusionServiceClient(channel).GenerateImage(
            new GenerateImageRequest { Spec = new ImageSpec { Prompt = "Left lower lobe consolidation.", Steps = 400 } });
        while (await call.ResponseStream.MoveNext() && call.ResponseStream.Current.EventCase != GenerateImageResponse.EventOneofCase.Step)
            await Task.Yield();
        var drained = process.TerminateAsync();
        var last = GenerateImageResponse.EventOneofCase.None;
        while (await call.ResponseStream.MoveNext())
            last = call.ResponseStream.Current.EventCase;

        Assert.Equal(GenerateImageResponse.EventOneofCase.Image, last);
        Assert.Equal(0, await drained);
        Assert.False(File.Exists(scratch["state/up.json"]));
    }

    [Fact]
    public async Task MeshOption_MeshThatIsDown_ExitsWithFourAndNamesTheAddress()
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TestPort.Reserve()}");

        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "list", "--mesh", address);

        Assert.True(code == 4, error);
        Assert.Contains(address, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MeshOption_JsonPort_ExitsWithFourAndSaysSo()
    {
        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "list", "--mesh", running.Json);

        Assert.True(code == 4, error);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("JSON port", line, StringComparison.Ordinal);
        Assert.Contains(running.Json, line, StringComparison.Ordinal);
    }
}
