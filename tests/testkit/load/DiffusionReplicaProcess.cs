using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Diffusion.V1;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>A diffusion service in a process of its own, with the engine that renders eight images a second.</summary>
public sealed class DiffusionReplicaProcess : IAsyncDisposable
{
    /// <summary>Images per second that the engine can render.</summary>
    public const double ImagesPerSecond = 8;

    private readonly ScratchFolder _scratch = new();
    private readonly int _jsonPort = TestPort.Reserve();

    private DiffusionReplicaProcess(string address, string[] settings)
    {
        Address = address;
        Process = SyncxrProcess.StartService(
            "Diffusion",
            [
                "--Diffusion:Engine=fixed-cost", string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={new Uri(address).Port}"),
                string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={_jsonPort}"), $"--Storage:Root={_scratch.Path}", .. settings,
            ]);
    }

    public SyncxrProcess Process { get; }

    public string Address { get; }

    public string JsonAddress => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_jsonPort}");

    /// <summary>A free address, for a replica that is started later.</summary>
    public static string FreeAddress() => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{TestPort.Reserve()}");

    /// <inheritdoc cref="StartAtAsync"/>
    public static Task<DiffusionReplicaProcess> StartAsync(params string[] settings) => StartAtAsync(FreeAddress(), settings);

    /// <summary>Starts a replica and waits until it answers.</summary>
    public static async Task<DiffusionReplicaProcess> StartAtAsync(string address, params string[] settings)
    {
        var replica = new DiffusionReplicaProcess(address, settings);
        using var channel = GrpcChannel.ForAddress(replica.Address);
        for (var client = new DiffusionService.DiffusionServiceClient(channel); ; await Task.Delay(100))
        {
            if (replica.Process.HasExited)
                throw new InvalidOperationException(replica.Process.Error + replica.Process.Output);
            try
            {
                await client.ListModelsAsync(new ListModelsRequest());
                return replica;
            }
            catch (RpcException)
            {
                // not listening yet
            }
        }
    }

    /// <summary>The spec of a small image.</summary>
    public static ImageSpec CreateSpec(long seed) => new() { Prompt = "Clear lungs.", Seed = (ulong)seed };

    public long ReadResidentBytes() =>
        1024 * long.Parse(File.ReadLines($"/proc/{Process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _scratch.Dispose();
    }
}
