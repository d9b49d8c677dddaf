using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Standalone;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary><c>mesh up</c>: starts the processes, watches over them until Ctrl-C, and then drains them.</summary>
internal static class MeshUpCommand
{
    private static readonly Option<string[]> _replicasOption = new("--replicas")
    {
        Description = "How many replicas each service that can have several gets, or SERVICE=N for one service. Repeat it for several.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<bool> _withServersOption = new("--with-servers")
    {
        Description = "Also start PostgreSQL, RabbitMQ and an S3 store for this mesh. They must be installed.",
    };
    private static readonly Option<FileInfo?> _serversOption = new("--servers")
    {
        Description =
            "Script that starts these servers. Default: deploy/servers/servers.sh of the checkout that this command was built in.",
    };
    private static readonly Option<DirectoryInfo?> _programsOption = new("--programs")
    {
        Description = "Folder with a published program for each service. Default: the programs that were built with this command.",
    };
    private static readonly Option<int?> _portOption = new("--port")
    {
        Description = "gRPC port of the first gateway. Default: a free one.",
    };
    private static readonly Option<int?> _jsonPortOption = new("--json-port")
    {
        Description = "JSON port of the first gateway; needs --port. Default: --port plus 100, or a free one.",
    };
    private static readonly Option<bool> _logsOption = new("--logs") { Description = "Print the logs of the services to stderr." };

    public static Command Build() => new Command("up", "Start every service in a process of its own, until Ctrl-C.")
    {
        _replicasOption, _withServersOption, _serversOption, _programsOption, _portOption, _jsonPortOption, _logsOption,
    }.WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        OptionUseValidator.ThrowIfTyped(parsed, "on `mesh up`, which starts a mesh", SyncxrCommand.ConnectionOptions);
        if (!parsed.GetValue(_withServersOption))
            OptionUseValidator.ThrowIfTyped(parsed, $"without {_withServersOption.Name}", _serversOption);
        var state = PathArgumentValidator.CreateWorkFolder("--state",
            parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath("state"));
        await using var stateLock = StateFolderLock.Acquire(state);
        var files = new MeshStateFolder(state);
        if (files.FindOrphanedReplicas() is { Count: > 0 } orphans)
            throw MeshException.Invalid("--state",
                "Processes of an earlier mesh on this folder still run; `syncxr mesh down` ends them: "
                    + $"{string.Join(", ", orphans.Select(r => $"{r.Service}/{r.Number} (pid {r.Pid})"))}.");
        files.Prepare();
        var given = parsed.GetValue(SyncxrCommand.SetOption) ?? [];
        var programs = new ServicePrograms(parsed.GetValue(_programsOption));
        var withServers = parsed.GetValue(_withServersOption);
        var settings = new ServiceSettings(state, given, []);
        var replicable = withServers ? ServicePrograms.StatefulServiceNames : settings.ReplicableServices;
        if (!replicable.Contains("balancer"))
            files.ThrowIfServersAreNeeded();
        if (settings.SharedSettings.Any())
            await StandaloneMesh.ValidateSettingsAsync(state, [.. settings.SharedSettings.Select(s => $"{s.Key}={s.Value}")]);
        var counts = ReplicaCounts.Parse(parsed.GetValue(_replicasOption) ?? [], replicable);
        var gatewayPorts = ReadGatewayPorts(parsed);
        foreach (var service in ServicePrograms.ServiceNames)
            programs.FindProgram(service); // throws for a missing one, before anything is started
        if (given.Length > 0)
            await new SettingsRehearsal(programs, settings).CheckAsync(cancellation);
        BackingServers? servers = null;
        if (withServers)
        {
            using var wait = ProgressBar.Start("starting PostgreSQL, RabbitMQ and S3");
            wait.ShowDetail(files.FolderPath);
            servers = await BackingServers.StartAsync(parsed.GetValue(_serversOption), files.ServersPath, cancellation);
        }

        var ended = false;
        try
        {
            await using var mesh = new ProcessMesh(files, programs, new ServiceSettings(state, given, servers?.Settings ?? []), replicable,
                CreateLineHandler(parsed), TimeProvider.System);
            mesh.Start(counts, gatewayPorts);
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
                files.Delete(); // last, since `mesh down` waits for it and its caller may then start the next mesh
        }

        return (ExitCodes.Ok, null);
    }

    private static async Task ShowAsync(ParseResult parsed, ProcessMesh mesh, string state, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        if (!Console.IsOutputRedirected && !json && !parsed.GetValue(_logsOption))
        {
            await AnsiConsole.Live(MeshTable.Render(mesh.Replicas)).StartAsync(live =>
            {
                mesh.OnChanged = replicas =>
                {
                    var (grpc, jsonAddress) = mesh.GatewayAddresses;
                    live.UpdateTarget(MeshTable.Render(replicas)
                        .Caption($"gRPC {grpc}   JSON {jsonAddress}   state {state} (logs: mesh/*.log)   Ctrl-C stops it"));
                    live.Refresh();
                };
                return mesh.RunAsync(cancellation);
            });
            return;
        }

        var table = new MeshTable();
        var hasPrintedAddresses = false;
        mesh.OnChanged = replicas =>
        {
            table.PrintChanges(replicas);
            if (hasPrintedAddresses || !mesh.IsReady)
                return;
            hasPrintedAddresses = true;
            var (grpc, jsonAddress) = mesh.GatewayAddresses;
            ConsoleWriter.WriteLine(json, $"gRPC  {grpc}   (health, reflection)");
            ConsoleWriter.WriteLine(json, $"JSON  {jsonAddress}   (also gRPC-Web)");
            ConsoleWriter.WriteLine(json, $"state {state}   (logs: mesh/*.log)");
            ConsoleWriter.WriteLine(json, "Ctrl-C stops it.");
            if (json)
            {
                var own = ProcessIdentity.ReadStart(Environment.ProcessId);
                Console.Out.WriteLine(
                    MeshCommand.ToJson(new MeshState(Environment.ProcessId, own, grpc, jsonAddress, replicas)).ToJsonString());
            }
        };
        await mesh.RunAsync(cancellation);
    }

    private static Action<ReplicaName, string> CreateLineHandler(ParseResult parsed) => parsed.GetValue(_logsOption)
        ? (replica, line) => Console.Error.WriteLine($"{replica} | {line}")
        : (_, _) => { };

    private static (int Grpc, int Json)? ReadGatewayPorts(ParseResult parsed)
    {
        if (parsed.GetValue(_portOption) is not { } port)
            return parsed.GetValue(_jsonPortOption) is null ? null : throw MeshException.Invalid("--json-port", "Needs --port: give both.");
        var json = parsed.GetValue(_jsonPortOption) ?? port + 100;
        return (PortAllocator.ValidateFree("--port", port), PortAllocator.ValidateFree("--json-port", json));
    }
}
