using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary>
/// <c>mesh</c>: every service in processes of its own on this machine, and the orders that another terminal can give them.
/// </summary>
internal static class MeshCommand
{
    private static readonly TimeSpan _orderTimeout = TimeSpan.FromMinutes(3);
    private static readonly Argument<string> _replicaArgument = new("REPLICA")
    {
        Description = "The replica, as `mesh status` names it: SERVICE/NUMBER.",
    };
    private static readonly Argument<string> _serviceArgument = new("SERVICE")
    {
        Description = "The service to start one more replica of.",
    };
    private static readonly Option<bool> _stayDownOption = new("--stay-down") { Description = "Do not start the replica again." };

    public static Command Build() =>
        new("mesh", "Run every service in processes of its own: start the mesh, show, drain, kill and add replicas.")
    {
        MeshUpCommand.Build(),
        new Command("status", "Show the replicas, their states and addresses.").WithAction(StatusAsync),
        new Command("drain", "Send SIGTERM to a replica: it finishes or hands back its work, and ends.") { _replicaArgument }
            .WithAction((p, c) => SendOrderAsync(p, "drain", r => r is null || r.State == "ended", c)),
        new Command("kill", "Send SIGKILL to a replica, as a crash would end it; it is started again.") { _replicaArgument,
            _stayDownOption }
            .WithAction(KillAsync),
        new Command("add", "Start one more replica of a service.") { _serviceArgument }.WithAction(AddAsync),
        new Command("down", "Drain and end the mesh that runs on the state folder, or what a killed one has left there.")
            .WithAction(DownAsync),
    };

    private static Task<(int, JsonObject?)> StatusAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var mesh = OpenStateFolder(parsed).ReadRunningMesh();
        ConsoleWriter.WriteTable(parsed.GetValue(SyncxrCommand.JsonOption), "", MeshTable.Columns, mesh.Replicas.Select(MeshTable.Cells));
        return Task.FromResult<(int, JsonObject?)>((ExitCodes.Ok, ToJson(mesh)));
    }

    private static Task<(int, JsonObject?)> KillAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var name = ReplicaName.Parse(parsed.GetValue(_replicaArgument)!);
        var pid = FindReplica(OpenStateFolder(parsed).ReadRunningMesh(), name)?.Pid;
        return SendOrderAsync(parsed, "kill", r => r is null || r.Pid != pid, cancellation);
    }

    private static async Task<(int, JsonObject?)> SendOrderAsync(ParseResult parsed, string verb, Func<ReplicaState?, bool> done,
        CancellationToken cancellation)
    {
        var files = OpenStateFolder(parsed);
        var name = ReplicaName.Parse(parsed.GetValue(_replicaArgument)!);
        if (FindReplica(files.ReadRunningMesh(), name) is not { State: not "ended" })
            throw MeshException.Invalid("REPLICA", $"The replica {name} does not run. `syncxr mesh status` shows those that do.");
        files.WriteOrder(new MeshOrder(verb, name.ToString(), parsed.GetValue(_stayDownOption)));
        var mesh = await WaitUntilAsync(files, m => done(FindReplica(m, name)), $"{verb} {name}", cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{name} {FindReplica(mesh, name)?.State ?? "ended"}");
        return (ExitCodes.Ok, ToJson(mesh));
    }

    private static async Task<(int, JsonObject?)> AddAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var files = OpenStateFolder(parsed);
        var service = parsed.GetValue(_serviceArgument)!;
        if (!ServicePrograms.ServiceNames.Contains(service))
            throw MeshException.Invalid(
                "SERVICE", $"Unknown service '{service}'. The services are {string.Join(", ", ServicePrograms.ServiceNames)}.");
        var before = files.ReadRunningMesh().Replicas.Where(r => r.Service == service).ToList();
        if (ReplicaCounts.FindProblem(service, before.Count(r => r.State != "ended") + 1,
            ServicePrograms.StatefulServiceNames) is { } problem)
            throw MeshException.Invalid("SERVICE", problem);
        files.WriteOrder(new MeshOrder("add", service, false));
        ReplicaState? Added(MeshState mesh) =>
            mesh.Replicas.FirstOrDefault(r => r.Service == service && before.TrueForAll(b => b.Number != r.Number));
        var mesh = await WaitUntilAsync(files, m => Added(m)?.State == "ready", $"add {service}", cancellation);
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{service}/{Added(mesh)!.Number} ready");
        return (ExitCodes.Ok, ToJson(mesh));
    }

    private static async Task<(int, JsonObject?)> DownAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var files = OpenStateFolder(parsed);
        if (files.FindRunningMesh() is null)
        {
            if (!files.HasLeftState)
                files.ReadRunningMesh(); // throws, and says how to start one
            var ended = await new OrphanedMesh(files, TimeProvider.System).EndAsync(cancellation);
            foreach (var replica in ended)
                ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption),
                    $"{replica.Service}/{replica.Number} ended, which a killed mesh had left (pid {replica.Pid})");
            return (ExitCodes.Ok, null);
        }

        files.WriteOrder(new MeshOrder("down", "", false));
        while (files.FindRunningMesh() is not null)
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        return (ExitCodes.Ok, null);
    }

    internal static JsonObject ToJson(MeshState mesh) => JsonSerializer.SerializeToNode(mesh, JsonSerializerOptions.Web)!.AsObject();

    private static MeshStateFolder OpenStateFolder(ParseResult parsed)
    {
        OptionUseValidator.ThrowIfTyped(parsed, "on orders to a mesh, which is found by --state",
            [.. SyncxrCommand.ConnectionOptions, SyncxrCommand.SetOption]);
        return new MeshStateFolder(parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath("state"));
    }

    private static ReplicaState? FindReplica(MeshState mesh, ReplicaName name) =>
        mesh.Replicas.FirstOrDefault(r => r.Service == name.Service && r.Number == name.Number);

    private static async Task<MeshState> WaitUntilAsync(MeshStateFolder files, Func<MeshState, bool> done, string order,
        CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < _orderTimeout)
        {
            var mesh = files.ReadRunningMesh();
            if (done(mesh))
                return mesh;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw new MeshException(
            ErrorReasons.PeerUnreachable,
            $"The mesh has not carried out '{order}' within {_orderTimeout.TotalMinutes} minutes. Its logs in mesh/ of the state folder "
                + $"say more.");
    }
}
