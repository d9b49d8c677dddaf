using System.CommandLine;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Cli.Show;

namespace SynCxr.Mesh.Cli.Connect;

/// <summary>
/// Where a client command finds its mesh: at <c>--mesh</c>; else where <c>syncxr up</c> runs on the state folder; else in
/// this very process, on that folder.
/// </summary>
internal sealed class MeshConnection : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly StandaloneMesh? _own;

    private MeshConnection(string address, StandaloneMesh? own)
    {
        Address = address;
        _own = own;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = 32 * 1024 * 1024, MaxSendMessageSize = 32 * 1024 * 1024 });
        Invoker = _channel.CreateCallInvoker();
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
                throw Errors.MeshException.Invalid("--mesh", $"'{address}' is not an http address");
            return new MeshConnection(address, null);
        }

        state ??= parsed.GetValue(SyncxrCommand.State)?.FullName ?? Path.GetFullPath("state");
        if (Running(state) is { } running)
            return new MeshConnection(running, null);
        string[] settings = [.. own ?? [], .. parsed.GetValue(SyncxrCommand.Set) ?? []];
        using var wait = Progress.Wait("loading models");
        var mesh = await StandaloneMesh.StartAsync(state, settings, ports: null, wait.Say, cancellation);
        return new MeshConnection(mesh.Addresses[0], mesh);
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
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var pid = json.RootElement.GetProperty("pid").GetInt32();
        return System.Diagnostics.Process.GetProcesses().Any(p => p.Id == pid) ? json.RootElement.GetProperty("grpc").GetString() : null;
    }
}
