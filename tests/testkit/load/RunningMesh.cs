using System.Text.Json;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>A mesh of processes, started by <c>syncxr mesh up</c>, on a state folder of its own.</summary>
public sealed class RunningMesh : IAsyncDisposable
{
    private readonly Scratch _scratch = new();
    private readonly SyncxrProcess _process;

    private RunningMesh(IEnumerable<string> options) => _process = SyncxrProcess.Command(["mesh", "up", "--json", "--state", _scratch["state"], .. options]);

    /// <param name="Json">Address of its JSON port, where its metrics are.</param>
    public sealed record Replica(string Service, int Pid, string Json);

    /// <summary>The replicas that run now.</summary>
    public IReadOnlyList<Replica> Replicas
    {
        get
        {
            using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(_scratch["state"], "mesh", "state.json")));
            return [.. state.RootElement.GetProperty("replicas").EnumerateArray()
                .Select(r => new Replica(r.GetProperty("service").GetString()!, r.GetProperty("pid").GetInt32(), r.GetProperty("json").GetString()!))];
        }
    }

    /// <summary>Starts a mesh and waits until all of it is ready.</summary>
    public static async Task<RunningMesh> StartAsync(params string[] options)
    {
        var mesh = new RunningMesh(options);
        while (!mesh._process.Output.Contains('{', StringComparison.Ordinal))
        {
            if (mesh._process.HasExited)
                throw new InvalidOperationException(mesh._process.Error + mesh._process.Output);
            await Task.Delay(200);
        }

        return mesh;
    }

    /// <summary>Makes a data set and waits until it is sealed.</summary>
    /// <returns>What <c>dataset create --json</c> says.</returns>
    public async Task<JsonElement> MakeAsync(string spec)
    {
        await File.WriteAllTextAsync(_scratch["spec.yaml"], spec);
        var (code, result, error) = await SyncxrProcess.RunJsonAsync("dataset", "create", "-f", _scratch["spec.yaml"], "--watch", "--state", _scratch["state"]);
        return code == 0 ? result : throw new InvalidOperationException(error);
    }

    /// <summary>Ctrl-C; a mesh that was stopped already stays so.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await _process.SignalAsync("INT");
            await _process.WaitAsync();
        }

        await _process.DisposeAsync();
        _scratch.Dispose();
    }
}
