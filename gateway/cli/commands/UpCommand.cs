using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Standalone;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary><c>up</c>: runs the standalone mesh until Ctrl-C.</summary>
internal static class UpCommand
{
    private static readonly Option<int> _portOption = new("--port")
    {
        Description = "Port for gRPC on loopback; 0 takes a free one.",
        DefaultValueFactory = _ => MeshClients.Ports["gateway"],
    };
    private static readonly Option<int?> _jsonPortOption = new("--json-port")
    {
        Description = "Port for JSON and gRPC-Web on loopback. Default: --port plus 100.",
    };

    public static Command Build() =>
        new Command("up", "Run all services in one process: gRPC and JSON on loopback, until Ctrl-C.") { _portOption, _jsonPortOption }
            .WithAction(RunAsync);

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        OptionUseValidator.ThrowIfTyped(parsed, "on `up`, which starts a mesh", SyncxrCommand.ConnectionOptions);
        var state = parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath("state");
        var ports = ValidatePorts(parsed.GetValue(_portOption), parsed.GetValue(_jsonPortOption));
        PathArgumentValidator.CreateWorkFolder("--state", Path.GetFullPath(state));
        StandaloneMesh mesh;
        using (var wait = ProgressBar.Start("starting the mesh"))
        {
            mesh = await StandaloneMesh.StartAsync(
                state, parsed.GetValue(SyncxrCommand.SetOption) ?? [], ports, wait.ShowDetail, cancellation);
        }

        await using (mesh)
        {
            var addresses = new JsonObject
            {
                ["grpc"] = mesh.Addresses[0],
                ["json"] = mesh.Addresses[1],
                ["state"] = mesh.State,
                ["pid"] = Environment.ProcessId,
                ["start"] = ProcessIdentity.ReadStart(Environment.ProcessId),
            };
            var file = MeshStateFolder.AddressFilePath(mesh.State);
            await File.WriteAllTextAsync(file, addresses.ToJsonString(), cancellation);
            ConsoleWriter.WriteLine(json, $"gRPC  {mesh.Addresses[0]}   (health, reflection)");
            ConsoleWriter.WriteLine(json, $"JSON  {mesh.Addresses[1]}   (also gRPC-Web)");
            ConsoleWriter.WriteLine(json, $"state {mesh.State}   (log: mesh.log)");
            ConsoleWriter.WriteLine(json, "Ctrl-C stops it.");
            if (json)
                Console.Out.WriteLine(addresses.ToJsonString());
            try
            {
                await mesh.WaitForShutdownAsync(cancellation);
            }
            finally
            {
                File.Delete(file);
            }
        }

        return (ExitCodes.Ok, null);
    }

    /// <summary>Checks both ports before the models load, which takes a while.</summary>
    private static (int Grpc, int Json) ValidatePorts(int port, int? givenJsonPort)
    {
        ValidatePort("--port", port);
        var jsonPort = givenJsonPort ?? (port == 0 ? 0 : port + 100);
        ValidatePort("--json-port", jsonPort);
        return port != jsonPort || port == 0
            ? (port, jsonPort)
            : throw MeshException.Invalid("--json-port", $"Must differ from --port, but both are {port}.");
    }

    private static void ValidatePort(string option, int port)
    {
        if (port is < 0 or > 65535)
            throw MeshException.Invalid(option, $"{port} is out of range. Give a port from 0 to 65535.");
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException error)
        {
            throw MeshException.Invalid(option, $"Port {port} can't be opened: {error.Message.TrimEnd('.')}. Give another one.");
        }
    }
}
