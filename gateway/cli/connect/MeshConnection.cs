using System.CommandLine;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Standalone;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Connect;

/// <summary>
/// A command's connection to a mesh: to the one at <c>--mesh</c>; else to the one that <c>syncxr up</c> or <c>mesh up</c> runs on the state
/// folder; else to one that it starts in this process, on that folder, and ends with the command.
/// </summary>
internal sealed class MeshConnection : IAsyncDisposable
{
    /// <summary>
    /// How often an HTTP/2 ping is sent while a call waits, and how long its answer may take. A call may run for hours, but a connection
    /// that is silent for twice this time is lost.
    /// </summary>
    private static readonly TimeSpan _keepAliveInterval = TimeSpan.FromSeconds(15);
    private readonly GrpcChannel _channel;
    private readonly StandaloneMesh? _inProcessMesh;

    private MeshConnection(string address, string source, StandaloneMesh? inProcessMesh, CallerCredentials credentials)
    {
        Address = address;
        _inProcessMesh = inProcessMesh;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = MeshHost.MaxMessageBytes,
            MaxSendMessageSize = MeshHost.MaxMessageBytes,
            DisposeHttpClient = true,
            HttpHandler = credentials.Trust(new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                ConnectTimeout = _keepAliveInterval,
                KeepAlivePingDelay = _keepAliveInterval,
                KeepAlivePingTimeout = _keepAliveInterval,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            }),
        });
        var uri = new Uri(address);
        var grpcAddress = new UriBuilder(uri) { Port = Math.Max(1, uri.Port - 100) }.Uri;
        var hint = $"; that may be its JSON port: gRPC is by default on the port 100 below it, {grpcAddress}";
        Invoker = credentials.Identify(_channel.Intercept(new PeerErrorInterceptor("the mesh", uri.ToString, source, hint)));
    }

    public string Address { get; }

    /// <summary>True when the mesh lives and ends with this command.</summary>
    public bool IsInProcess => _inProcessMesh is not null;

    public CallInvoker Invoker { get; }

    /// <summary>Connects; starts a mesh in this process where none runs.</summary>
    /// <param name="state">State folder, where it is not that of <c>--state</c>.</param>
    /// <param name="defaults">Settings of a mesh in this process, <c>Section:Key=value</c> each; those of <c>--set</c> override
    /// them.</param>
    /// <exception cref="MeshException">An option is wrong.</exception>
    /// <exception cref="IOException">The mesh in this process does not start.</exception>
    public static async Task<MeshConnection> OpenAsync(
        ParseResult parsed, CancellationToken cancellation, string? state = null, IReadOnlyList<string>? defaults = null)
    {
        if (parsed.GetValue(SyncxrCommand.MeshOption) is { Length: > 0 } address)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                throw MeshException.Invalid("--mesh", $"'{address}' is not an address of the form http://host:port.");
            return Connect(address, "--mesh", parsed);
        }

        state ??= parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath("state");
        if (FindRunningAddress(state) is { } running)
            return Connect(running, MeshStateFolder.AddressFilePath(state), parsed);
        OptionUseValidator.ThrowIfTyped(parsed, "for a mesh inside this command", SyncxrCommand.TokenFileOption,
            SyncxrCommand.CaFileOption);
        string[] settings = [.. defaults ?? [], .. parsed.GetValue(SyncxrCommand.SetOption) ?? []];
        using var wait = ProgressBar.Start("starting the mesh");
        PathArgumentValidator.CreateWorkFolder("--state", Path.GetFullPath(state));
        var mesh = await StandaloneMesh.StartAsync(state, settings, ports: null, wait.ShowDetail, cancellation);
        return new MeshConnection(mesh.Addresses[0], "inside this command", mesh, CallerCredentials.None);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        if (_inProcessMesh is not null)
            await _inProcessMesh.DisposeAsync();
    }

    private static MeshConnection Connect(string address, string source, ParseResult parsed) =>
        parsed.GetValue(SyncxrCommand.SetOption) is { Length: > 0 } settings
        ? throw MeshException.Invalid(
            "--set",
            $"The mesh at {address} (from {source}) runs already, so {settings[0]} can't be set. Set it where that mesh is started.")
        : new MeshConnection(address, source, null, CallerCredentials.Read(parsed, new Uri(address)));

    private static string? FindRunningAddress(string state)
    {
        var file = MeshStateFolder.AddressFilePath(state);
        if (!File.Exists(file))
            return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            var pid = json.RootElement.GetProperty("pid").GetInt32();
            var address = new Uri(json.RootElement.GetProperty("grpc").GetString() ?? "");
            var start = json.RootElement.TryGetProperty("start", out var given) ? given.GetString() : null;
            return ProcessIdentity.IsAlive(pid, start) ? address.GetLeftPart(UriPartial.Authority) : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            throw MeshException.Invalid(
                "--state",
                $"'{file}' should hold the address of a running mesh, but can't be read: {error.Message} Delete it if no mesh runs on "
                    + $"this folder.");
        }
    }
}
