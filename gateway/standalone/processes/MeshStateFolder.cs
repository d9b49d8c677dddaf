using System.Text.Json;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>A replica in the state file.</summary>
internal sealed record ReplicaState(
    string Service, int Number, int Pid, string? Start, string Grpc, string Json, string State, int Restarts);

/// <summary>The content of the state file.</summary>
internal sealed record MeshState(int Pid, string? Start, string Grpc, string Json, IReadOnlyList<ReplicaState> Replicas);

/// <summary>An order that another terminal gives the mesh.</summary>
/// <param name="Verb"><c>drain</c>, <c>kill</c>, <c>add</c> or <c>down</c>.</param>
/// <param name="Target">The replica; for <c>add</c> the service; empty for <c>down</c>.</param>
/// <param name="StayDown">For <c>kill</c>: do not start the replica again.</param>
internal sealed record MeshOrder(string Verb, string Target, bool StayDown);

/// <summary>
/// The files of <c>mesh up</c> in its state folder: <c>mesh/state.json</c> with the replicas, <c>mesh/peers.json</c> with their addresses
/// for the services, <c>up.json</c> with the gateway's address for other commands, one log for each replica, and the orders of other
/// terminals.
/// </summary>
internal sealed class MeshStateFolder(string state)
{
    public static string AddressFilePath(string state) => Path.Combine(state, "up.json");

    private static readonly JsonSerializerOptions _jsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string FolderPath { get; } = Path.Combine(state, "mesh");

    public string ServersPath => Path.Combine(FolderPath, "servers");

    public string PeersFile => Path.Combine(FolderPath, "peers.json");

    private string StateFile => Path.Combine(FolderPath, "state.json");

    private string OrdersPath => Path.Combine(FolderPath, "orders");

    public string LogFile(ReplicaName replica) => Path.Combine(FolderPath, $"{replica.Service}-{replica.Number}.log");

    /// <summary>Why a service ended by itself: the last error in its log, without the stack trace; else its last line.</summary>
    public static string ReadLastError(string log)
    {
        var lines = File.ReadAllLines(log);
        var error = Array.FindLastIndex(lines,
            l => l.StartsWith("fail: SynCxr.", StringComparison.Ordinal) || l.StartsWith("error: ", StringComparison.Ordinal));
        if (error < 0)
            return lines.LastOrDefault() ?? "";
        if (lines[error].StartsWith("error: ", StringComparison.Ordinal))
            return lines[error]["error: ".Length..].TrimEnd('.');
        return string.Join(": ",
            lines.Skip(error + 1)
                .TakeWhile(l => l.StartsWith("      ", StringComparison.Ordinal) && !l.StartsWith("         at ", StringComparison.Ordinal))
                .Select(l => l.Trim().TrimEnd('.')));
    }

    /// <summary>Makes the folder ready for a new mesh: makes it and deletes old orders.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(OrdersPath);
        foreach (var old in Directory.EnumerateFiles(OrdersPath))
            File.Delete(old);
    }

    public void WriteState(MeshState mesh)
    {
        WriteAtomically(StateFile, JsonSerializer.Serialize(mesh, _jsonOptions));
        if (mesh.Grpc.Length > 0)
            WriteAtomically(AddressFilePath(state),
                JsonSerializer.Serialize(new { grpc = mesh.Grpc, json = mesh.Json, state, pid = mesh.Pid, start = mesh.Start },
                    _jsonOptions));
    }

    /// <summary>Writes the addresses by which the services find each other.</summary>
    public void WritePeers(IEnumerable<ReplicaState> replicas)
    {
        var peers = new Dictionary<string, string>();
        foreach (var service in replicas.GroupBy(r => r.Service))
        {
            peers[service.Key] = string.Join(',', service.Select(r => r.Grpc));
            peers[service.Key + "-json"] = string.Join(',', service.Select(r => r.Json));
        }

        WriteAtomically(PeersFile, JsonSerializer.Serialize(new Dictionary<string, object> { ["Peers"] = peers }, _jsonOptions));
    }

    /// <summary>Reads the state of the running mesh.</summary>
    /// <exception cref="MeshException">No mesh runs on the state folder.</exception>
    public MeshState ReadRunningMesh() => FindRunningMesh() ?? throw MeshException.Invalid("--state", !File.Exists(StateFile)
        ? $"No mesh runs on '{state}'. `syncxr mesh up` starts one."
        : FindOrphanedReplicas().Count == 0 ? $"The mesh on '{state}' has ended. `syncxr mesh up` starts it again."
        : $"The mesh on '{state}' was killed, and processes of it still run. `syncxr mesh down` ends them.");

    /// <summary>Reads the state of the running mesh; null where none runs.</summary>
    /// <exception cref="MeshException">The state file can't be read.</exception>
    public MeshState? FindRunningMesh() =>
        File.Exists(StateFile) && ReadState() is { } mesh && ProcessIdentity.IsAlive(mesh.Pid, mesh.Start) ? mesh : null;

    /// <summary>True where an earlier mesh that was killed has left its state behind.</summary>
    public bool HasLeftState => File.Exists(StateFile);

    /// <summary>Throws where an earlier mesh on this folder used servers: a mesh without them would not find its data sets.</summary>
    /// <exception cref="MeshException">The databases of this folder are on servers.</exception>
    public void ThrowIfServersAreNeeded()
    {
        if (File.Exists(Path.Combine(ServersPath, "ports")))
            throw MeshException.Invalid(
                "--state",
                $"The data sets of '{state}' are on the servers in '{ServersPath}'. Start them by `syncxr mesh up --with-servers`, or name "
                    + "another folder.");
    }

    /// <summary>Finds processes that an earlier mesh left behind when it was killed.</summary>
    public IReadOnlyList<ReplicaState> FindOrphanedReplicas() =>
        !File.Exists(StateFile) ? [] : [.. ReadState().Replicas.Where(r => ProcessIdentity.IsAlive(r.Pid, r.Start))];

    public void Delete()
    {
        File.Delete(StateFile);
        File.Delete(AddressFilePath(state));
    }

    /// <summary>Writes an order for the running mesh.</summary>
    public void WriteOrder(MeshOrder order) =>
        WriteAtomically(Path.Combine(OrdersPath, Guid.NewGuid().ToString("N") + ".json"), JsonSerializer.Serialize(order, _jsonOptions));

    /// <summary>Reads and deletes the orders, oldest first. A file that can't be read as one is reported and deleted.</summary>
    public IReadOnlyList<MeshOrder> DequeueOrders()
    {
        var taken = new List<MeshOrder>();
        foreach (var file in new DirectoryInfo(OrdersPath).EnumerateFiles("*.json").OrderBy(f => f.LastWriteTimeUtc).ToList())
        {
            try
            {
                if (JsonSerializer.Deserialize<MeshOrder>(File.ReadAllText(file.FullName),
                    _jsonOptions) is not { Verb: not null, Target: not null } order)
                    throw new JsonException("It lacks the verb or the target.");
                if (order.Verb is "drain" or "kill")
                    _ = ReplicaName.Parse(order.Target);
                taken.Add(order);
            }
            catch (Exception error) when (error is JsonException or MeshException)
            {
                Console.Error.WriteLine($"The order {file.Name} is ignored: {error.Message}"); // a bad order must not end the mesh
            }

            file.Delete();
        }

        return taken;
    }

    private MeshState ReadState()
    {
        try
        {
            return JsonSerializer.Deserialize<MeshState>(File.ReadAllText(StateFile), _jsonOptions) is { Replicas: not null } mesh
                ? mesh : throw new JsonException("It lists no replicas.");
        }
        catch (JsonException error)
        {
            throw MeshException.Invalid("--state",
                $"'{StateFile}' should list the replicas of the mesh, but can't be read: {error.Message} Delete it if no mesh runs on "
                    + $"this folder.");
        }
    }

    /// <summary>Replaces a file at once, so that a reader sees the old one or the new one, and never a part.</summary>
    private static void WriteAtomically(string file, string text)
    {
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }
}
