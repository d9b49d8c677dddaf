using System.Text.Json;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary><c>syncxr mesh up</c> on a state folder of its own.</summary>
public sealed class MeshUpProcess : IAsyncDisposable
{
    private static readonly TimeSpan _waitLimit = TimeSpan.FromMinutes(3);
    private readonly ScratchFolder _scratch = new();
    private readonly SyncxrProcess _process;

    private MeshUpProcess(IEnumerable<string> options) =>
        _process = SyncxrProcess.StartCommand(["mesh", "up", "--json", "--state", _scratch["state"], .. options]);

    /// <summary>A replica in the state file of <c>mesh up</c>.</summary>
    /// <param name="Grpc">Address of its gRPC port.</param>
    /// <param name="Json">Address of its JSON port, where its metrics are.</param>
    public sealed record Replica(string Service, int Number, int Pid, string Grpc, string Json, string State);

    /// <summary>The replicas that run now.</summary>
    public IReadOnlyList<Replica> Replicas
    {
        get
        {
            using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(_scratch["state"], "mesh", "state.json")));
            return state.RootElement.GetProperty("replicas").Deserialize<Replica[]>(JsonSerializerOptions.Web)!;
        }
    }

    /// <summary>Starts a mesh and waits until all of it is ready.</summary>
    public static async Task<MeshUpProcess> StartAsync(params IEnumerable<string> options)
    {
        var mesh = new MeshUpProcess(options);
        try
        {
            await mesh.WaitUntilAsync(() => mesh._process.Output.Contains('{', StringComparison.Ordinal));
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <exception cref="InvalidOperationException">The mesh ended first.</exception>
    /// <exception cref="TimeoutException">The condition did not hold within three minutes.</exception>
    public async Task WaitUntilAsync(Func<bool> holds)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            if (_process.HasExited)
                throw new InvalidOperationException(_process.Error + _process.Output);
            if (TimeProvider.System.GetElapsedTime(start) > _waitLimit)
                throw new TimeoutException($"not within {_waitLimit}: {_process.Error}{_process.Output}");
            await Task.Delay(100);
        }
    }

    /// <summary>Makes a data set and waits until it is sealed.</summary>
    /// <returns>The data set, as <c>dataset create --json</c> prints it.</returns>
    public async Task<JsonElement> CreateDatasetAsync(string spec)
    {
        await File.WriteAllTextAsync(_scratch["spec.yaml"], spec);
        var (code, result, error) = await SyncxrProcess.RunJsonAsync("dataset", "create", "-f", _scratch["spec.yaml"], "--watch", "--state",
            _scratch["state"]);
        return code == 0 ? result : throw new InvalidOperationException(error);
    }

    /// <summary>Ends the mesh by Ctrl-C, where it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await _process.SignalAsync("INT");
            await _process.WaitForExitAsync();
        }

        await _process.DisposeAsync();
        _scratch.Dispose();
    }
}
