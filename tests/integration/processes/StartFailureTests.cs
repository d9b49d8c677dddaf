using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>What a service can't start with, and no server has to do with, is one line and exit code 2.</summary>
public sealed class StartFailureTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("Gateway")]
    [InlineData("Report")]
    [InlineData("Diffusion")]
    [InlineData("Curation")]
    [InlineData("Balancer")]
    [InlineData("Trainer")]
    [InlineData("Evaluator")]
    public async Task Start_PortInUse_IsOneLine(string service)
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        foreach (var (setting, free) in new[] { ("Mesh:Port", "Mesh:JsonPort"), ("Mesh:JsonPort", "Mesh:Port") })
            await AssertOneLineAsync(service, [$"--{setting}={taken}", $"--{free}=0"], $"{setting}: port {taken} of 127.0.0.1 is in use");
    }

    [Theory]
    [InlineData("Curation", "Curation:ModelPath")]
    [InlineData("Diffusion", "Diffusion:ModelPaths:0")]
    public async Task Start_ModelFolderThatIsNone_IsOneLine(string service, string setting)
    {
        Directory.CreateDirectory(_scratch["empty"]);

        await AssertOneLineAsync(service, ["--Mesh:Port=0", "--Mesh:JsonPort=0", $"--{setting}={_scratch["empty"]}"], _scratch["empty"]);
    }

    [Fact]
    public async Task Start_GgufCutShort_IsOneLineThatNamesTheSetting()
    {
        await File.WriteAllTextAsync(_scratch["half.gguf"], "GGUF and nothing more", TestContext.Current.CancellationToken);

        await AssertOneLineAsync("Report",
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", $"--Report:LlamaSharp:ModelPath={_scratch["half.gguf"]}"],
            "Report:LlamaSharp:ModelPath: ");
    }

    [Fact]
    public async Task Start_CheckOfAnotherKind_IsOneLineThatNamesTheSetting()
    {
        if (!GoldenFolder.TryFind("encoder-exports", out var encoders))
            return;
        string[] wrong = ["--Report:Ner:Model=" + encoders.Resolve("rad-dino-tiny")];

        await AssertOneLineAsync("Report", ["--Mesh:Port=0", "--Mesh:JsonPort=0", .. wrong], "Report:Ner:Model: ");
        var (code, _, error) = await SyncxrProcess.RunAsync("up", "--state", _scratch["state"], "--set", wrong[0][2..]);
        Assert.Equal(2, code);
        Assert.Contains("Report:Ner:Model: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Balancer", "balancer.db")]
    [InlineData("Trainer", "trainer.db")]
    [InlineData("Evaluator", "evaluator.db")]
    public async Task Start_DatabaseFileThatIsNone_IsOneLine(string service, string file)
    {
        Directory.CreateDirectory(_scratch["state"]);
        await File.WriteAllTextAsync(_scratch[$"state/{file}"], new string('x', 5000), TestContext.Current.CancellationToken);

        await AssertOneLineAsync(service, ["--Mesh:Port=0", "--Mesh:JsonPort=0"], $"{file}' can't be opened");
    }

    private async Task AssertOneLineAsync(string service, IEnumerable<string> settings, string said)
    {
        string[] folders = service switch
        {
            "Balancer" or "Evaluator" => [$"--{service}:StateFolder={_scratch["state"]}", $"--Storage:Root={_scratch["state"]}"],
            "Trainer" => [$"--Trainer:StateFolder={_scratch["state"]}"],
            "Diffusion" or "Curation" => [$"--Storage:Root={_scratch["state"]}"],
            _ => [],
        };
        await using var process = SyncxrProcess.StartService(service, [.. folders, .. settings]);
        var code = await process.WaitForExitAsync();
        var told = process.Output + process.Error;

        Assert.True(code == 2, $"{code}\n{told}");
        var line = Assert.Single(process.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(line.StartsWith("error: ", StringComparison.Ordinal) && line.Contains(said, StringComparison.Ordinal), line);
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
    }
}
