using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>
/// One balancer as a process on the private servers. Its peers are those of the unit tests, in this process: they refuse reports and images
/// and see duplicates, so that a short data set passes everything that a pair can meet.
/// </summary>
internal sealed class BalancerProcess : IAsyncDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly WebApplication _peers;
    private readonly int _port = TestPort.Reserve();
    private readonly GrpcChannel _channel;
    private SyncxrProcess? _process;

    private BalancerProcess(WebApplication peers, string[] servers, string[] undisturbed)
    {
        (_peers, Servers, Undisturbed, Rows) = (peers, servers, undisturbed, new BalancerRowWatcher(servers));
        _channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));
    }

    public string[] Servers { get; }

    public BalancerRowWatcher Rows { get; }

    /// <summary>The rows of the same spec in one process that nothing happened to.</summary>
    public string[] Undisturbed { get; }

    /// <summary>The file of <c>Balancer:CrashPointFile</c>.</summary>
    public string CrashPointFile => _scratch["crash-point"];

    public SyncxrProcess Process => _process ?? throw new InvalidOperationException("it was not started");

    public bool IsRunning => _process is { HasExited: false };

    public static async Task<BalancerProcess> CreateMeshAsync(string[] servers)
    {
        var settings = new PeerOptions { DistinctImages = 60 };
        var (_, ledger) = await TwoBalancerMesh.RunStandaloneAsync(settings);
        return new BalancerProcess(await BalancerTestMesh.StartPeersAsync(BalancerTestMesh.CreateStateFolder(), settings, servers), servers,
            ledger);
    }

    /// <summary>Starts it, again where it was started before, and waits until it is ready.</summary>
    public async Task StartAsync(params string[] options)
    {
        if (_process is not null)
            await _process.DisposeAsync();
        var peers = MeshHost.Addresses(_peers)[0];
        _process = SyncxrProcess.StartService(
            "Balancer",
            [
                "--environment=Rehearsal", string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={_port}"), "--Mesh:JsonPort=0",
                $"--Balancer:StateFolder={_scratch["state"]}",
                $"--Storage:Root={_scratch["state"]}", $"--Peers:report={peers}", $"--Peers:diffusion={peers}", $"--Peers:curation={peers}",
                "--Balancer:Concurrency=4", .. Servers, .. options,
            ]);
        await _channel.ConnectUntilServingAsync(() => _process.HasExited, () => _process.Output + _process.Error);
    }

    /// <summary>Creates the data set; the same request again is the same data set.</summary>
    /// <returns>Null when the process did not live to answer.</returns>
    public async Task<string?> CreateAsync(string requestId)
    {
        try
        {
            var request = new CreateDatasetRequest { Spec = BalancerTestMesh.CreateSpec(), RequestId = requestId };
            return (await new DatasetService.DatasetServiceClient(_channel).CreateDatasetAsync(request)).Dataset.Name;
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _channel.Dispose();
        await _peers.StopAsync();
        await _peers.DisposeAsync();
        _scratch.Dispose();
    }
}
