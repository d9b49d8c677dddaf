using System.Diagnostics;
using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>One replica as the state file tells of it.</summary>
internal sealed record ReplicaState(string Service, int Number, int Pid, string Grpc, string Json, string State, int Restarts);

/// <summary>The mesh as the state file tells of it.</summary>
internal sealed record MeshState(int Pid, string Grpc, string Json, IReadOnlyList<ReplicaState> Replicas);

/// <summary>An order of another terminal: <c>drain</c>, <c>kill</c>, <c>add</c>, <c>down</c>.</summary>
internal sealed record MeshOrder(string Verb, string Target, bool StayDown);

/// <summary>
/// What <c>mesh up</c> leaves in its state folder for other terminals and for its services: <c>mesh/state.json</c>, <c>mesh/peers.json</c>,
/// <c>up.json</c> with the address for every other command, a log a replica; and the orders that other terminals leave for it.
/// </summary>
internal sealed class MeshStateFolder(string state)
{
    public static string AddressFilePath(string state) => Path.Combine(state, "up.json");

    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string FolderPath { get; } = Path.Combine(state, "mesh");

    public string ServersPath => Path.Combine(FolderPath, "servers");

    public string PeersFile => Path.Combine(FolderPath, "peers.json");

    private string StateFile => Path.Combine(FolderPath, "state.json");

    private string OrdersPath => Path.Combine(FolderPath, "orders");

    public string LogFile(ReplicaName replica) => Path.Combine(FolderPath, $"{replica.Service}-{replica.Number}.log");

    /// <summary>Why a service has stopped by itself: the last error that its log tells of, without the stack; else its last line.</summary>
    public static string ReadLastError(string log)
    {
        var lines = File.ReadAllLines(log);
        var error = Array.FindLastIndex(lines,
            l => l.StartsWith("fail: SynCxr.", StringComparison.Ordinal) || l.StartsWith("error: ", StringComparison.Ordinal));
        if (error < 0 || lines[error].StartsWith("error: ", StringComparison.Ordinal))
            return lines.ElementAtOrDefault(error < 0 ? lines.Length - 1 : error) ?? "";
        return string.Join(": ",
            lines.Skip(error + 1)
                .TakeWhile(l => l.StartsWith("      ", StringComparison.Ordinal) && !l.StartsWith("         at ", StringComparison.Ordinal))
                .Select(l => l.Trim()));
    }

    /// <summary>Makes the folder as a new mesh finds it.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(OrdersPath);
        foreach (var old in Directory.EnumerateFiles(OrdersPath))
            File.Delete(old);
    }

    public void WriteState(MeshState mesh)
    {
        WriteAtomically(StateFile, JsonSerializer.Serialize(mesh, JsonOptions));
        if (mesh.Grpc.Length > 0)
            WriteAtomically(AddressFilePath(state),
                JsonSerializer.Serialize(new { grpc = mesh.Grpc, json = mesh.Json, state, pid = mesh.Pid }, JsonOptions));
    }

    /// <summary>The addresses that every process finds its peers by: all that are meant to run.</summary>
    public void WritePeers(IEnumerable<ReplicaState> replicas)
    {
        var peers = new Dictionary<string, string>();
        foreach (var service in replicas.GroupBy(r => r.Service))
        {
            peers[service.Key] = string.Join(',', service.Select(r => r.Grpc));
            peers[service.Key + "-json"] = string.Join(',', service.Select(r => r.Json));
        }

        WriteAtomically(PeersFile, JsonSerializer.Serialize(new Dictionary<string, object> { ["Peers"] = peers }, JsonOptions));
    }

    /// <summary>The running mesh.</summary>
    /// <exception cref="MeshException">None runs on the state folder.</exception>
    public MeshState ReadRunningMesh()
    {
        if (!File.Exists(StateFile))
            throw MeshException.Invalid("--state", $"no mesh runs on {state}: `syncxr mesh up` starts one");
        var mesh = ReadState();
        return IsAlive(mesh.Pid) ? mesh
            : throw MeshException.Invalid("--state", $"the mesh on {state} is gone; `syncxr mesh up` starts it again");
    }

    /// <summary>A mesh of another kind would find none of the data sets, and its own would be lost to the next mesh with servers.</summary>
    /// <exception cref="MeshException">The rows of this state folder are on servers of its own.</exception>
    public void ThrowIfServersAreNeeded()
    {
        if (File.Exists(Path.Combine(ServersPath, "ports")))
            throw MeshException.Invalid("--state",
                $"the data sets of {state} are on the servers in {ServersPath}: `syncxr mesh up --with-servers` starts them; or name "
                    + $"another folder");
    }

    /// <summary>Processes of an earlier mesh that was killed and left them behind.</summary>
    public IReadOnlyList<ReplicaState> FindOrphanedReplicas() =>
        !File.Exists(StateFile) ? [] : [.. ReadState().Replicas.Where(r => r.Pid > 0 && IsServiceProcess(r.Pid))];

    public void Delete()
    {
        File.Delete(StateFile);
        File.Delete(AddressFilePath(state));
    }

    /// <summary>Leaves an order for the running mesh.</summary>
    public void WriteOrder(MeshOrder order) =>
        WriteAtomically(Path.Combine(OrdersPath, Guid.NewGuid().ToString("N") + ".json"), JsonSerializer.Serialize(order, JsonOptions));

    /// <summary>Takes the orders that were left, oldest first; what is no order is named and put away.</summary>
    public IReadOnlyList<MeshOrder> DequeueOrders()
    {
        var taken = new List<MeshOrder>();
        foreach (var file in new DirectoryInfo(OrdersPath).EnumerateFiles("*.json").OrderBy(f => f.LastWriteTimeUtc).ToList())
        {
            try
            {
                if (JsonSerializer.Deserialize<MeshOrder>(File.ReadAllText(file.FullName),
                    JsonOptions) is not { Verb: not null, Target: not null } order)
                    throw new JsonException("it lacks verb or target");
                if (order.Verb is "drain" or "kill")
                    _ = ReplicaName.Parse(order.Target);
                taken.Add(order);
            }
            catch (Exception error) when (error is JsonException or MeshException)
            {
                Console.Error.WriteLine($"{file.Name} is no order: {error.Message}"); // a mesh that runs does not end for it
            }

            file.Delete();
        }

        return taken;
    }

    private MeshState ReadState()
    {
        try
        {
            return JsonSerializer.Deserialize<MeshState>(File.ReadAllText(StateFile), JsonOptions) is { Replicas: not null } mesh
                ? mesh : throw new JsonException("no replicas in it");
        }
        catch (JsonException error)
        {
            throw MeshException.Invalid("--state", $"{StateFile} does not say what runs; delete it if no mesh does ({error.Message})");
        }
    }

    private static bool IsAlive(int pid) => Process.GetProcesses().Any(p => p.Id == pid);

    /// <summary>A process id alone may be anybody's by now.</summary>
    private static bool IsServiceProcess(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains("SynCxr.Mesh.", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Whoever reads sees the old file or the new one.</summary>
    private static void WriteAtomically(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }
}
