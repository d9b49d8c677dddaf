using System.Globalization;
using System.Text.Json;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using Xunit;

[assembly: AssemblyFixture(typeof(SynCxr.Mesh.Integration.Tests.StandaloneMeshFixture))]

namespace SynCxr.Mesh.Integration.Tests;

/// <summary>One <c>syncxr up</c> for all tests that call a running mesh.</summary>
public sealed class StandaloneMeshFixture : IAsyncLifetime
{
    private readonly ScratchFolder _scratch = new();
    private SyncxrProcess? _process;

    public string Grpc { get; private set; } = "";

    public string Json { get; private set; } = "";

    public GrpcChannel Channel { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var port = TestPort.Reserve();
        _process = SyncxrProcess.StartCommand("up", "--state", _scratch["state"], "--port", port.ToString(CultureInfo.InvariantCulture),
            "--json-port", TestPort.Reserve().ToString(CultureInfo.InvariantCulture));
        var file = Path.Combine(_scratch["state"], "up.json");
        while (!File.Exists(file))
        {
            Assert.False(_process.HasExited, _process.Output + _process.Error);
            await Task.Delay(100);
        }

        await Task.Delay(200);
        using var addresses = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Grpc = addresses.RootElement.GetProperty("grpc").GetString()!;
        Json = addresses.RootElement.GetProperty("json").GetString()!;
        Channel = GrpcChannel.ForAddress(Grpc, new GrpcChannelOptions { MaxSendMessageSize = null });
    }

    /// <summary>Fails where the process has ended, which no input of a client may cause.</summary>
    public void AssertAlive() => Assert.False(_process!.HasExited, _process.Output + _process.Error);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        _scratch.Dispose();
    }
}
