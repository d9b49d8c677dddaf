using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Processes;
using SynCxr.Mesh.Cli.Show;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli.Verbs;

/// <summary><c>mesh</c>: every service its own processes, on this machine; and what other terminals may do to them.</summary>
internal static class MeshCommand
{
    private static readonly TimeSpan _obeyLimit = TimeSpan.FromMinutes(3);
    private static readonly Argument<string> _replica = new("REPLICA") { Description = "SERVICE/NUMBER, as `mesh status` shows it." };
    private static readonly Argument<string> _service = new("SERVICE") { Description = "The service that gets one more replica." };
    private static readonly Option<bool> _stayDown = new("--stay-down") { Description = "Do not start it again." };

    public static Command Build() => new("mesh", "Every service its own process, with any number of replicas: start, watch, drain, kill, add.")
    {
        MeshUpCommand.Build(),
        new Command("status", "The replicas, their state and where they are.").Does(StatusAsync),
        new Command("drain", "SIGTERM to one replica: it finishes or hands back what it has, and ends.") { _replica }.Does((p, c) => OrderAsync(p, "drain", r => r is null || r.State == "ended", c)),
        new Command("kill", "SIGKILL to one replica, as a crash; it is started again.") { _replica, _stayDown }.Does(KillAsync),
        new Command("add", "One more replica of a service.") { _service }.Does(AddAsync),
        new Command("down", "End the mesh that runs on the state folder.").Does(DownAsync),
    };

    private static Task<(int, JsonObject?)> StatusAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var mesh = Files(parsed).Read();
        Sheet.Table(parsed.GetValue(SyncxrCommand.Json), "", MeshTable.Columns, mesh.Replicas.Select(MeshTable.Row));
        return Task.FromResult<(int, JsonObject?)>((ExitCodes.Ok, Describe(mesh)));
    }

    private static Task<(int, JsonObject?)> KillAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var name = Target.Parse(parsed.GetValue(_replica)!);
        var pid = Find(Files(parsed).Read(), name)?.Pid;
        return OrderAsync(parsed, "kill", r => r is null || r.Pid != pid, cancellation);
    }

    private static async Task<(int, JsonObject?)> OrderAsync(ParseResult parsed, string verb, Func<ReplicaState?, bool> done, CancellationToken cancellation)
    {
        var files = Files(parsed);
        var name = Target.Parse(parsed.GetValue(_replica)!);
        if (Find(files.Read(), name) is not { State: not "ended" })
            throw MeshException.Invalid("REPLICA", $"{name} does not run; `syncxr mesh status` shows what does");
        files.Give(new MeshOrder(verb, name.ToString(), parsed.GetValue(_stayDown)));
        var mesh = await UntilAsync(files, m => done(Find(m, name)), $"{verb} {name}", cancellation);
        Sheet.Line(parsed.GetValue(SyncxrCommand.Json), $"{name} {Find(mesh, name)?.State ?? "ended"}");
        return (ExitCodes.Ok, Describe(mesh));
    }

    private static async Task<(int, JsonObject?)> AddAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var files = Files(parsed);
        var service = parsed.GetValue(_service)!;
        if (!Programs.Services.Contains(service))
            throw MeshException.Invalid("SERVICE", $"'{service}' is none of {string.Join(", ", Programs.Services)}");
        var before = files.Read().Replicas.Where(r => r.Service == service).ToList();
        if (ReplicaCounts.Problem(service, before.Count(r => r.State != "ended") + 1, Programs.WithRows) is { } problem)
            throw MeshException.Invalid("SERVICE", problem);
        files.Give(new MeshOrder("add", service, false));
        ReplicaState? Added(MeshState mesh) => mesh.Replicas.FirstOrDefault(r => r.Service == service && before.TrueForAll(b => b.Number != r.Number));
        var mesh = await UntilAsync(files, m => Added(m)?.State == "ready", $"add {service}", cancellation);
        Sheet.Line(parsed.GetValue(SyncxrCommand.Json), $"{service}/{Added(mesh)!.Number} ready");
        return (ExitCodes.Ok, Describe(mesh));
    }

    private static async Task<(int, JsonObject?)> DownAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var files = Files(parsed);
        files.Read();
        files.Give(new MeshOrder("down", "", false));
        while (true)
        {
            try
            {
                files.Read();
            }
            catch (MeshException)
            {
                return (ExitCodes.Ok, null); // it is gone
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }
    }

    internal static JsonObject Describe(MeshState mesh) => JsonSerializer.SerializeToNode(mesh, JsonSerializerOptions.Web)!.AsObject();

    private static MeshFiles Files(ParseResult parsed) => new(parsed.GetValue(SyncxrCommand.State)?.FullName ?? Path.GetFullPath("state"));

    private static ReplicaState? Find(MeshState mesh, Target name) => mesh.Replicas.FirstOrDefault(r => r.Service == name.Service && r.Number == name.Number);

    private static async Task<MeshState> UntilAsync(MeshFiles files, Func<MeshState, bool> done, string order, CancellationToken cancellation)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < _obeyLimit)
        {
            var mesh = files.Read();
            if (done(mesh))
                return mesh;
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }

        throw new MeshException(Reasons.PeerUnreachable, $"the mesh did not {order} within {_obeyLimit.TotalMinutes} minutes");
    }
}
