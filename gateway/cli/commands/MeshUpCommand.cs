using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Standalone;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary><c>mesh up</c>: starts the processes and stays with them until Ctrl-C.</summary>
internal static class MeshUpCommand
{
    private static readonly Option<string[]> ReplicasOption = new("--replicas")
    {
        Description = "Replicas of every service that may have several, or SERVICE=N for one. May be given many times.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> WithServersOption = new("--with-servers")
    {
        Description = "Start PostgreSQL, RabbitMQ and an S3 store for it.",
    };
    private static readonly Option<FileInfo?> ServersOption = new("--servers")
    {
        Description = "The script that starts them. Default: deploy/servers/servers.sh of the checkout.",
    };
    private static readonly Option<DirectoryInfo?> ProgramsOption = new("--programs")
    {
        Description = "Folder with a published program for each service. Default: those that were built with this command.",
    };
    private static readonly Option<int?> PortOption = new("--port") { Description = "gRPC port of the first gateway. Default: a free one." };
    private static readonly Option<int?> JsonPortOption = new("--json-port")
    {
        Description = "JSON port of the first gateway. Default: --port plus 100, or a free one.",
    };
    private static readonly Option<bool> LogsOption = new("--logs") { Description = "Print what the services log." };

    public static Command Build() => new Command("up", "Start every service as its own process, and stay with them until Ctrl-C.")
    {
        ReplicasOption, WithServersOption, ServersOption, ProgramsOption, PortOption, JsonPortOption, LogsOption,
    }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var state = PathArgumentValidator.CreateWorkFolder("--state",
            parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath("state"));
        await using var gate = StateFolderLock.Acquire(state);
        var files = new MeshStateFolder(state);
        if (files.FindOrphanedReplicas() is { Count: > 0 } left)
            throw MeshException.Invalid("--state",
                $"processes of an earlier mesh still run: {string.Join(", ", left.Select(r => $"{r.Service}/{r.Number} (pid {r.Pid})"))}");
        files.Prepare();
        var given = parsed.GetValue(SyncxrCommand.SetOption) ?? [];
        var programs = new ServicePrograms(parsed.GetValue(ProgramsOption));
        var withServers = parsed.GetValue(WithServersOption);
        var settings = new ServiceSettings(state, given, []);
        var several = withServers ? ServicePrograms.StatefulServiceNames : settings.ReplicableServices;
        if (!several.Contains("balancer"))
            files.ThrowIfServersAreNeeded();
        if (settings.SharedSettings.Any())
            await StandaloneMesh.ValidateSettingsAsync(state, [.. settings.SharedSettings.Select(s => $"{s.Key}={s.Value}")]);
        var counts = ReplicaCounts.Parse(parsed.GetValue(ReplicasOption) ?? [], several);
        var door = ReadGatewayPorts(parsed);
        foreach (var service in ServicePrograms.ServiceNames)
            programs.FindProgram(service); // before anything is started
        BackingServers? servers = null;
        if (withServers)
        {
            using var wait = ProgressBar.StartWait("starting PostgreSQL, RabbitMQ and S3");
            wait.ShowDetail(files.FolderPath);
            servers = await BackingServers.StartAsync(parsed.GetValue(ServersOption), files.ServersPath, cancellation);
        }

        var ended = false;
        try
        {
            await using var mesh = new ProcessMesh(files, programs, new ServiceSettings(state, given, servers?.Settings ?? []), several,
                CreateLineHandler(parsed), TimeProvider.System);
            mesh.Start(counts, door);
            try
            {
                await ShowAsync(parsed, mesh, state, cancellation);
            }
            finally
            {
                await mesh.DrainAsync();
                ended = true;
            }
        }
        finally
        {
            if (servers is not null)
                await servers.StopAsync();
            if (ended)
                files.Delete(); // last: whoever waits for the end, as `mesh down` does, may start the next mesh
        }

        return (ExitCodes.Ok, null);
    }

    private static async Task ShowAsync(ParseResult parsed, ProcessMesh mesh, string state, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        if (!Console.IsOutputRedirected && !json && !parsed.GetValue(LogsOption))
        {
            await AnsiConsole.Live(MeshTable.Render(mesh.Replicas)).StartAsync(live =>
            {
                mesh.OnChanged = replicas =>
                {
                    live.UpdateTarget(
                        MeshTable.Render(replicas)
                            .Caption(
                                $"gRPC {mesh.GatewayAddresses.Grpc}   JSON {mesh.GatewayAddresses.Json}   state {state} (logs: "
                                    + $"mesh/*.log)   Ctrl-C stops it"));
                    live.Refresh();
                };
                return mesh.RunAsync(cancellation);
            });
            return;
        }

        var (table, said) = (new MeshTable(), false);
        mesh.OnChanged = replicas =>
        {
            table.PrintChanges(replicas);
            if (said || !mesh.IsReady)
                return;
            said = true;
            var (grpc, jsonAddress) = mesh.GatewayAddresses;
            ConsoleWriter.WriteLine(json, $"gRPC  {grpc}   (health, reflection)");
            ConsoleWriter.WriteLine(json, $"JSON  {jsonAddress}   (also gRPC-Web)");
            ConsoleWriter.WriteLine(json, $"state {state}   (logs: mesh/*.log)");
            ConsoleWriter.WriteLine(json, "Ctrl-C stops it.");
            if (json)
                Console.Out.WriteLine(MeshCommand.ToJson(new MeshState(Environment.ProcessId, grpc, jsonAddress, replicas)).ToJsonString());
        };
        await mesh.RunAsync(cancellation);
    }

    private static Action<ReplicaName, string> CreateLineHandler(ParseResult parsed) => parsed.GetValue(LogsOption)
        ? (replica, line) => Console.Error.WriteLine($"{replica} | {line}")
        : (_, _) => { };

    private static (int Grpc, int Json)? ReadGatewayPorts(ParseResult parsed)
    {
        if (parsed.GetValue(PortOption) is not { } port)
            return parsed.GetValue(JsonPortOption) is null ? null : throw MeshException.Invalid("--json-port", "is of use with --port only");
        var json = parsed.GetValue(JsonPortOption) ?? port + 100;
        return (PortAllocator.ValidateFree("--port", port), PortAllocator.ValidateFree("--json-port", json));
    }
}
