using System.CommandLine;
using System.Text.Json;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using SynCxr.Mesh.Cli.Show;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;

namespace SynCxr.Mesh.Cli.Connect;

/// <summary>
/// Where a client command finds its mesh: at <c>--mesh</c>; else where <c>syncxr up</c> runs on the state folder; else in
/// this very process, on that folder.
/// </summary>
internal sealed class MeshConnection : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly StandaloneMesh? _own;

    private MeshConnection(string address, string source, StandaloneMesh? own)
    {
        Address = address;
        _own = own;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = 32 * 1024 * 1024, MaxSendMessageSize = 32 * 1024 * 1024 });
        var uri = new Uri(address);
        var hint = $"; that may be its JSON port: gRPC is by default on the port 100 below it, {new UriBuilder(uri) { Port = Math.Max(1, uri.Port - 100) }.Uri}";
        Invoker = _channel.Intercept(new PeerInterceptor("the mesh", uri.ToString, source, hint));
    }

    public string Address { get; }

    /// <summary>True when the mesh lives and ends with this command.</summary>
    public bool IsOwn => _own is not null;

    public CallInvoker Invoker { get; }

    public static string AddressFile(string state) => Path.Combine(state, "up.json");

    /// <param name="own">Settings for a mesh inside this command, before those of <c>--set</c>.</param>
    public static async Task<MeshConnection> OpenAsync(ParseResult parsed, CancellationToken cancellation, string? state = null, IReadOnlyList<string>? own = null)
    {
        if (parsed.GetValue(SyncxrCommand.Mesh) is { Length: > 0 } address)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                throw MeshException.Invalid("--mesh", $"'{address}' is not an http address");
            return new MeshConnection(address, "--mesh", null);
        }

        state ??= parsed.GetValue(SyncxrCommand.State)?.FullName ?? Path.GetFullPath("state");
        if (Running(state) is { } running)
            return new MeshConnection(running, AddressFile(state), null);
        string[] settings = [.. own ?? [], .. parsed.GetValue(SyncxrCommand.Set) ?? []];
        using var wait = Progress.Wait("starting the mesh");
        var mesh = await StandaloneMesh.StartAsync(state, settings, ports: null, wait.Say, cancellation);
        return new MeshConnection(mesh.Addresses[0], "inside this command", mesh);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        if (_own is not null)
            await _own.DisposeAsync();
    }

    private static string? Running(string state)
    {
        var file = AddressFile(state);
        if (!File.Exists(file))
            return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            var pid = json.RootElement.GetProperty("pid").GetInt32();
            return System.Diagnostics.Process.GetProcesses().Any(p => p.Id == pid) ? json.RootElement.GetProperty("grpc").GetString() : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw MeshException.Invalid("--state", $"{file} does not say where a mesh runs; delete it if none does ({error.Message})");
        }
    }
}
