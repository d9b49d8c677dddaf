using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using SynCxr.Mesh.Hosting.Logs;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>A replica as a process. It keeps its two ports over a restart.</summary>
internal sealed class ReplicaProcess : IDisposable
{
    private readonly Action<string> _onLine;
    private readonly ProcessStartInfo _startInfo;
    private readonly RotatingLogFile _log;
    private readonly GrpcChannel _channel;
    private readonly Health.HealthClient _health;
    private Process? _process;

    /// <param name="name">Name of the replica.</param>
    /// <param name="program">The dll of the service.</param>
    /// <param name="ports">Ports on loopback.</param>
    /// <param name="arguments">Its command line, but for the ports.</param>
    /// <param name="environment">Environment variables beside those of this process.</param>
    /// <param name="log">File that its output is appended to; it rotates by size.</param>
    /// <param name="onLine">Called with every line that the process writes.</param>
    public ReplicaProcess(ReplicaName name, string program, (int Grpc, int Json) ports, IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>> environment, string log, Action<string> onLine)
    {
        Name = name;
        Grpc = LoopbackAddress(ports.Grpc);
        Json = LoopbackAddress(ports.Json);
        _onLine = onLine;
        _log = new RotatingLogFile(log, TimeProvider.System, () => { });
        _channel = GrpcChannel.ForAddress(Grpc);
        _health = new Health.HealthClient(_channel);
        _startInfo = new ProcessStartInfo(
            DotnetHost,
            [
                program,
                string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={ports.Grpc}"),
                string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={ports.Json}"),
                .. arguments,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment)
            _startInfo.Environment[key] = value;
    }

    /// <summary>The program that runs the dll of a service.</summary>
    public static string DotnetHost =>
        System.Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    public ReplicaName Name { get; }

    public string Grpc { get; }

    public string Json { get; }

    /// <summary>Its state in words for people: starting, ready, not ready, no answer, draining, lost or ended.</summary>
    public string State { get; private set; } = "starting";

    public int Restarts { get; private set; }

    /// <summary>True once one of its processes has been ready.</summary>
    public bool WasReady { get; private set; }

    /// <summary>True once it was told to end, after which it is not started again.</summary>
    public bool IsEnding { get; private set; }

    public bool HasExited => _process?.HasExited != false;

    public int ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : 0;

    /// <summary>When its process started, so that it is never taken for another one of its id.</summary>
    public string? StartMark { get; private set; }

    public int Pid => HasExited ? 0 : _process!.Id;

    public void Start()
    {
        Restarts += _process is null ? 0 : 1;
        _process?.Dispose();
        State = "starting";
        _process = new Process { StartInfo = _startInfo };
        _process.OutputDataReceived += (_, e) => WriteLogLine(e.Data);
        _process.ErrorDataReceived += (_, e) => WriteLogLine(e.Data);
        _process.Start();
        StartMark = ProcessIdentity.ReadStart(_process.Id);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Sends SIGTERM: the process finishes its work, or hands it back, and ends.</summary>
    public void Drain()
    {
        IsEnding = true;
        if (!HasExited)
            ProcessSignals.Terminate(_process!.Id);
    }

    /// <summary>Sends SIGKILL, as a crash would end it.</summary>
    public void Kill(bool stayDown)
    {
        IsEnding |= stayDown;
        if (!HasExited)
            _process!.Kill();
    }

    /// <summary>Updates <see cref="State"/> by a call of the health service.</summary>
    public async Task RefreshStateAsync(CancellationToken cancellation)
    {
        if (HasExited)
        {
            State = IsEnding ? "ended" : "lost";
            return;
        }

        try
        {
            var answer = await _health.CheckAsync(new HealthCheckRequest { Service = "ready" },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2), cancellationToken: cancellation);
            WasReady |= answer.Status == HealthCheckResponse.Types.ServingStatus.Serving;
            State = answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? "ready" : IsEnding ? "draining" : State == "starting"
                ? "starting" : "not ready";
        }
        catch (RpcException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C cancelled the health call: the state stays as it was, and the loop ends.
        }
        catch (RpcException)
        {
            State = IsEnding ? "draining" : State == "starting" ? "starting" : "no answer";
        }
    }

    public Task WaitForExitAsync(CancellationToken cancellation) => _process?.WaitForExitAsync(cancellation) ?? Task.CompletedTask;

    public ReplicaState ToReplicaState() => new(Name.Service, Name.Number, Pid, StartMark, Grpc, Json, State, Restarts);

    public void Dispose()
    {
        _channel.Dispose();
        _process?.Dispose();
        _log.Dispose();
    }

    private static string LoopbackAddress(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private void WriteLogLine(string? text)
    {
        if (text is null)
            return;
        _log.WriteLine(text);
        _onLine(text);
    }
}
