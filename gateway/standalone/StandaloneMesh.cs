using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Curation;
using SynCxr.Mesh.Diffusion;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Report;
using SynCxr.Mesh.Standalone.Processes;
using SynCxr.Mesh.Trainer;

namespace SynCxr.Mesh.Standalone;

/// <summary>All services in one process over one state folder: the same hosts that run alone, reached over gRPC on loopback.</summary>
internal sealed class StandaloneMesh : IAsyncDisposable
{
    /// <summary>What is being waited for, by the name of its health check.</summary>
    private static readonly Dictionary<string, string> PartsByHealthCheck = new()
    {
        ["diffusion-models"] = "loading the generator",
        ["curation-models"] = "loading the judge",
        ["balancer"] = "opening its rows",
    };

    private readonly WebApplication _app;
    private readonly FileStream _lock;

    private StandaloneMesh(WebApplication app, FileStream @lock, string state)
    {
        _app = app;
        _lock = @lock;
        State = state;
        Addresses = MeshHost.Addresses(app);
    }

    /// <summary>The state folder.</summary>
    public string State { get; }

    /// <summary>gRPC first, JSON second.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>Starts everything; returns when the process is <c>ready</c>.</summary>
    /// <param name="state">Folder for rows, objects, data sets and models; it must exist.</param>
    /// <param name="settings"><c>Section:Key=value</c> each.</param>
    /// <param name="ports">gRPC and JSON; null takes free ones.</param>
    /// <param name="waiting">Told every so often what is not ready yet.</param>
    /// <exception cref="IOException">A part of it does not start.</exception>
    /// <exception cref="MeshException">A model is not as it was made.</exception>
    public static async Task<StandaloneMesh> StartAsync(
        string state, IReadOnlyList<string> settings, (int Grpc, int Json)? ports, Action<string> waiting, CancellationToken cancellation)
    {
        state = Path.GetFullPath(state);
        new MeshStateFolder(state).ThrowIfServersAreNeeded();
        var gate = StateFolderLock.Acquire(state);
        try
        {
            var app = Build(state, settings, ports);
            try
            {
                await app.StartAsync(cancellation);
                var mesh = new StandaloneMesh(app, gate, state);
                await mesh.WaitUntilReadyAsync(waiting, cancellation);
                return mesh;
            }
            catch (Exception error)
            {
                // Ended in good order: a process that exits while a model loads on another thread crashes.
                await app.StopAsync(CancellationToken.None);
                var fault = FindBackgroundFault(app);
                await app.DisposeAsync();
                if (fault is not null)
                    throw CreateStartException(fault);
                if (error is DbException broken)
                    throw new IOException($"the mesh does not start: its rows in {state} can't be opened: {broken.Message}", broken);
                throw;
            }
        }
        catch
        {
            await gate.DisposeAsync();
            throw;
        }
    }

    public Task WaitForShutdownAsync(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _lock.DisposeAsync();
    }

    /// <summary>
    /// Starts nothing: tries settings that all services share, which those take as environment variables and would not complain about.
    /// </summary>
    /// <exception cref="MeshException">No service knows one of them.</exception>
    public static async Task ValidateSettingsAsync(string state, IReadOnlyList<string> settings) =>
        await Build(state, settings, ports: null).DisposeAsync();

    private static WebApplication Build(string state, IReadOnlyList<string> settings, (int Grpc, int Json)? ports)
    {
        var (port, jsonPort) = ports ?? (FreePort(), FreePort());
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        string[] defaults =
        [
            $"--Mesh:Port={port.ToString(CultureInfo.InvariantCulture)}",
            $"--Mesh:JsonPort={jsonPort.ToString(CultureInfo.InvariantCulture)}",
            "--Mesh:DrainDelay=00:00:00", // nobody can go elsewhere
            $"--Storage:Root={state}",
            $"--Balancer:StateFolder={state}",
            $"--Trainer:StateFolder={state}",
            $"--Evaluator:StateFolder={state}",
            $"--Trainer:JudgeFolder={Path.Combine(AppContext.BaseDirectory, "models", "cxr-tiny-judge")}",
            .. MeshClients.Ports.Keys.Select(peer => $"--Peers:{peer}={address}"),
        ];
        var builder = MeshHost.CreateBuilder([.. defaults, .. settings.Select(ToArgument)], "gateway");
        builder.Services.AddSingleton<IHostLifetime, CommandHostLifetime>();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new FileLoggerProvider(Path.Combine(state, "mesh.log"), TimeProvider.System));
        builder.AddReport();
        builder.AddDiffusion();
        builder.AddCuration();
        builder.AddBalancer();
        builder.AddTrainer();
        builder.AddEvaluator();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapReport();
        app.MapDiffusion();
        app.MapCuration();
        app.MapBalancer();
        app.MapTrainer();
        app.MapEvaluator();
        return app;
    }

    private static string ToArgument(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        return split > 0 && text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && colon < split
            ? "--" + text
            : throw MeshException.Invalid("--set", $"'{text}' is not of the form Section:Key=value");
    }

    /// <summary>
    /// What a part that works in the background failed with: the host only stops, and start and health say no more than that it did.
    /// </summary>
    private static Exception? FindBackgroundFault(WebApplication app) =>
        app.Services.GetServices<IHostedService>().OfType<BackgroundService>()
        .Select(part => part.ExecuteTask?.Exception?.GetBaseException()).FirstOrDefault(e => e is not null);

    private static Exception CreateStartException(Exception fault)
    {
        var message = $"the mesh does not start: {fault.Message.ReplaceLineEndings(" ")}";
        return fault is InvalidDataException ? new MeshException(ErrorReasons.DataCorrupt, message) : new IOException(message, fault);
    }

    private async Task WaitUntilReadyAsync(Action<string> waiting, CancellationToken cancellation)
    {
        var health = _app.Services.GetRequiredService<HealthCheckService>();
        while (true)
        {
            var report = await health.CheckHealthAsync(c => c.Tags.Contains("ready"), cancellation);
            if (report.Status == HealthStatus.Healthy)
                return;
            var open = report.Entries.Where(e => e.Value.Status != HealthStatus.Healthy).ToList();
            if (open.FirstOrDefault(e => e.Value.Exception is not null).Value.Exception is { } failed)
                throw CreateStartException(failed);
            if (FindBackgroundFault(_app) is { } fault)
                throw CreateStartException(fault);
            waiting(string.Join(", ", open.Select(e => PartsByHealthCheck.GetValueOrDefault(e.Key, e.Key))));
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Signals are the command's: a mesh that drains on its own at Ctrl-C could not be asked to cancel any more.</summary>
    private sealed class CommandHostLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
