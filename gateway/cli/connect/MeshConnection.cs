using System.CommandLine;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Standalone;
using SynCxr.Mesh.Standalone.Processes;

namespace SynCxr.Mesh.Cli.Connect;

/// <summary>
/// Where a client command finds its mesh: at <c>--mesh</c>; else where <c>syncxr up</c> runs on the state folder; else in
/// this very process, on that folder.
/// </summary>
internal sealed class MeshConnection : IAsyncDisposable
{
    /// <summary>
    /// How often a mesh that owes an answer is asked for a sign of life, and how long it has for it: work may take hours, silence may not.
    /// </summary>
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);
    private readonly GrpcChannel _channel;
    private readonly StandaloneMesh? _inProcessMesh;

    private MeshConnection(string address, string source, StandaloneMesh? own)
    {
        Address = address;
        _inProcessMesh = own;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            MaxReceiveMessageSize = 32 * 1024 * 1024,
            MaxSendMessageSize = 32 * 1024 * 1024,
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                ConnectTimeout = KeepAliveInterval,
                KeepAlivePingDelay = KeepAliveInterval,
                KeepAlivePingTimeout = KeepAliveInterval,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            },
        });
        var uri = new Uri(address);
        var hint = $"; that may be its JSON port: gRPC is by default on the port 100 below it, {new UriBuilder(uri)
        {
            Port = Math.Max(1, uri.Port - 100),
        }.Uri}";
        Invoker = _channel.Intercept(new PeerErrorInterceptor("the mesh", uri.ToString, source, hint));
    }

    public string Address { get; }

    /// <summary>True when the mesh lives and ends with this command.</summary>
    public bool IsInProcess => _inProcessMesh is not null;

    public CallInvoker Invoker { get; }

    /// <param name="own">Settings for a mesh inside this command, before those of <c>--set</c>.</param>
    public static async Task<MeshConnection> OpenAsync(ParseResult parsed, CancellationToken cancellation, string? state = null,
        IReadOnlyList<string>? own = null)
    {
        if (parsed.GetValue(SyncxrCommand.MeshOption) is { Length: > 0 } address)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                throw MeshException.Invalid("--mesh", $"'{address}' is not an http address");
            return Connect(address, "--mesh", parsed);
        }

        state ??= parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath("state");
        if (FindRunningAddress(state) is { } running)
            return Connect(running, MeshStateFolder.AddressFilePath(state), parsed);
        string[] settings = [.. own ?? [], .. parsed.GetValue(SyncxrCommand.SetOption) ?? []];
        using var wait = ProgressBar.StartWait("starting the mesh");
        PathArgumentValidator.CreateWorkFolder("--state", Path.GetFullPath(state));
        var mesh = await StandaloneMesh.StartAsync(state, settings, ports: null, wait.ShowDetail, cancellation);
        return new MeshConnection(mesh.Addresses[0], "inside this command", mesh);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        if (_inProcessMesh is not null)
            await _inProcessMesh.DisposeAsync();
    }

    private static MeshConnection Connect(string address, string source, ParseResult parsed) =>
        parsed.GetValue(SyncxrCommand.SetOption) is { Length: > 0 } settings
        ? throw MeshException.Invalid("--set", $"{settings[0]} can't be set: the mesh at {address} ({source}) runs already")
        : new MeshConnection(address, source, null);

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
            return System.Diagnostics.Process.GetProcesses().Any(p => p.Id == pid) ? address.GetLeftPart(UriPartial.Authority) : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            throw MeshException.Invalid("--state", $"{file} does not say where a mesh runs; delete it if none does ({error.Message})");
        }
    }
}
