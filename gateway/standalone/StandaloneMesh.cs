using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Curation;
using SynCxr.Mesh.Diffusion;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Hosting.Identity;
using SynCxr.Mesh.Hosting.Logs;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Report;
using SynCxr.Mesh.Standalone.Processes;
using SynCxr.Mesh.Trainer;

namespace SynCxr.Mesh.Standalone;

/// <summary>
/// All services in one process, on one state folder. They are the hosts that also run alone, and call each other by gRPC on loopback.
/// </summary>
internal sealed class StandaloneMesh : IAsyncDisposable
{
    /// <summary>What the mesh waits for, in words for people, by the name of the health check.</summary>
    private static readonly Dictionary<string, string> _partsByHealthCheck = new()
    {
        ["diffusion-models"] = "loading the generator",
        ["curation-models"] = "loading the judge",
        ["balancer"] = "opening the balancer's database",
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

    /// <summary>The address of the gRPC port, then that of the JSON port.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>Starts all services, and returns when every health check of <c>ready</c> passes.</summary>
    /// <param name="state">Folder for databases, objects, data sets and models; it must exist.</param>
    /// <param name="settings"><c>Section:Key=value</c> each.</param>
    /// <param name="ports">Ports of gRPC and JSON; null takes free ones.</param>
    /// <param name="waiting">Called ten times a second with what is not ready yet.</param>
    /// <exception cref="IOException">A service can't start.</exception>
    /// <exception cref="MeshException">INVALID_FIELD: a setting is wrong, or the model folder that it names is damaged.</exception>
    public static async Task<StandaloneMesh> StartAsync(
        string state, IReadOnlyList<string> settings, (int Grpc, int Json)? ports, Action<string> waiting, CancellationToken cancellation)
    {
        state = Path.GetFullPath(state);
        new MeshStateFolder(state).ThrowIfServersAreNeeded();
        var gate = StateFolderLock.Acquire(state);
        try
        {
            var app = Build(state, settings, ports);
            var isStarting = false;
            try
            {
                _ = app.Services.GetServices<IHostedService>().Count(); // a wrong model is found as its part is made, before any has begun
                isStarting = true;
                await app.StartAsync(cancellation);
                var mesh = new StandaloneMesh(app, gate, state);
                await mesh.WaitUntilReadyAsync(waiting, cancellation);
                return mesh;
            }
            catch (Exception error)
            {
                // Stop the host before the process ends: it would crash if it exited while another thread loads a model.
                if (isStarting)
                    await app.StopAsync(CancellationToken.None);
                var fault = FindBackgroundFault(app);
                await app.DisposeAsync();
                if (fault is not null)
                    throw CreateStartException(fault);
                if (error is DbException broken)
                    throw new IOException($"The mesh can't start, because a database in '{state}' can't be opened: {broken.Message}",
                        broken);
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
    /// Checks the settings that every process of <c>mesh up</c> gets as environment variables, where no process reports an unknown one.
    /// Starts nothing.
    /// </summary>
    /// <exception cref="MeshException">A setting is unknown to every service.</exception>
    public static async Task ValidateSettingsAsync(string state, IReadOnlyList<string> settings) =>
        await Build(state, settings, ports: null).DisposeAsync();

    private static WebApplication Build(string state, IReadOnlyList<string> settings, (int Grpc, int Json)? ports)
    {
        var (port, jsonPort) = ports ?? (FreePort(), FreePort());
        var isSecure = settings.Any(s => s.StartsWith("Tls:Certificate=", StringComparison.OrdinalIgnoreCase));
        var address = string.Create(CultureInfo.InvariantCulture, $"{(isSecure ? "https" : "http")}://127.0.0.1:{port}");
        string[] defaults =
        [
            $"--Mesh:Port={port.ToString(CultureInfo.InvariantCulture)}",
            $"--Mesh:JsonPort={jsonPort.ToString(CultureInfo.InvariantCulture)}",
            "--Mesh:DrainDelay=00:00:00", // no other replica could take the calls over
            $"--Storage:Root={state}",
            $"--Balancer:StateFolder={state}",
            $"--Trainer:StateFolder={state}",
            $"--Diffusion:ModelRoot={StateFolderPaths.ModelsPath(state)}",
            $"--Report:TextModels:Root={StateFolderPaths.ModelsPath(state)}",
            $"--Curation:GeneratorRoot={StateFolderPaths.ModelsPath(state)}",
            $"--Curation:IndexRoot={StateFolderPaths.IndexesPath(state)}",
            $"--Curation:EncoderRoot={StateFolderPaths.ModelsPath(state)}",
            $"--Curation:BankRoot={StateFolderPaths.BanksPath(state)}",
            $"--Curation:AlignmentRoot={StateFolderPaths.AlignmentsPath(state)}",
            $"--Evaluator:StateFolder={state}",
            $"--Trainer:JudgeFolder={Path.Combine(AppContext.BaseDirectory, "models", "cxr-tiny-judge")}",
            .. MeshClients.Ports.Keys.Select(peer => $"--Peers:{peer}={address}"),
        ];
        var builder = MeshHost.CreateBuilder([.. defaults, .. settings.Select(ToArgument)], "gateway");
        TakePathsOfItsUser(builder);
        OwnCallToken.Register(builder);
        builder.Services.AddSingleton<IHostLifetime, CommandHostLifetime>();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<LogFileMetrics>();
        builder.Services.AddSingleton<ILoggerProvider>(services => new FileLoggerProvider(Path.Combine(state, "mesh.log"),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<LogFileMetrics>()));
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

    /// <summary>
    /// Requests may give paths of this machine where nobody but its user can ask: on loopback, without authentication. Below all other
    /// sources, so that a setting given to the process wins.
    /// </summary>
    private static void TakePathsOfItsUser(WebApplicationBuilder builder)
    {
        if ((builder.Configuration[$"{MeshOptions.Section}:{nameof(MeshOptions.Authentication)}"] ?? AuthenticationModeNames.None)
            == AuthenticationModeNames.None)
            builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
            {
                InitialData = [KeyValuePair.Create<string, string?>($"{DataOptions.Section}:{nameof(DataOptions.TakePaths)}", "true")],
            });
    }

    private static string ToArgument(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        return split > 0 && text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && colon < split
            ? "--" + text
            : throw MeshException.Invalid("--set", $"'{text}' must have the form Section:Key=value.");
    }

    /// <summary>
    /// The exception that ended a background service, or null. The host reports only that it stopped, so start and health don't have it.
    /// </summary>
    private static Exception? FindBackgroundFault(WebApplication app) =>
        app.Services.GetServices<IHostedService>().OfType<BackgroundService>()
            .Select(part => part.ExecuteTask?.Exception?.GetBaseException()).FirstOrDefault(e => e is not null);

    private static Exception CreateStartException(Exception fault)
    {
        if (fault is MeshException) // names the setting, in the words of the service that runs alone
            return fault;
        var message = $"The mesh can't start: {fault.Message.ReplaceLineEndings(" ")}";
        return (fault.InnerException ?? fault) is InvalidDataException
            ? new MeshException(ErrorReasons.DataCorrupt, message) : new IOException(message, fault);
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
            waiting(string.Join(", ", open.Select(e => _partsByHealthCheck.GetValueOrDefault(e.Key, e.Key))));
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>
    /// Leaves signals to the command: a host that stops at Ctrl-C by itself could no longer be asked to cancel its data sets.
    /// </summary>
    private sealed class CommandHostLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
