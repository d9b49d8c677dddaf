using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace SynCxr.Mesh.Testkit;

/// <summary>Our own executables as a user runs them: real processes, real ports, real signals.</summary>
public sealed class SyncxrProcess : IAsyncDisposable
{
    private static int _lastPort = Environment.ProcessId * 31;
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private SyncxrProcess(string project, string assembly, IEnumerable<string> args, string? folder)
    {
        var dll = Path.Combine(Repository.Root, "artifacts", "bin", project, "release", assembly + ".dll");
        if (!File.Exists(dll))
            throw new FileNotFoundException($"{dll} is not built; build the solution in Release first");
        // A shell that runs the tests in the background hands its children an ignored SIGINT: env gives them back the usual one.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", dll, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_error, e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string Output => ReadAll(_output);

    public string Error => ReadAll(_error);

    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>syncxr</c>.</summary>
    public static SyncxrProcess StartCommand(params IEnumerable<string> args) => new("SynCxr.Mesh.Cli", "syncxr", args, null);

    /// <summary>Starts a service alone: <c>Report</c>, <c>Diffusion</c>, …</summary>
    public static SyncxrProcess StartService(string name, params IEnumerable<string> args) =>
        new("SynCxr.Mesh." + name, "SynCxr.Mesh." + name, args, null);

    /// <summary>Runs <c>syncxr</c> to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(params IEnumerable<string> args)
    {
        await using var process = StartCommand(args);
        var code = await process.WaitForExitAsync();
        return (code, process.Output, process.Error);
    }

    /// <summary>Runs <c>syncxr … --json</c> and reads its last line.</summary>
    public static async Task<(int Code, JsonElement Result, string Error)> RunJsonAsync(params IEnumerable<string> args)
    {
        var (code, output, error) = await RunAsync([.. args, "--json"]);
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
        if (!last.StartsWith('{'))
            throw new InvalidDataException($"the last line is no JSON object: exit {code}\n{output}\n{error}");
        return (code, JsonDocument.Parse(last).RootElement, error);
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL, as a crash.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>SIGTERM, as an orchestrator stops a replica.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await WaitForExitAsync();
    }

    /// <summary>Any signal by its name: <c>INT</c> is Ctrl-C, <c>STOP</c> and <c>CONT</c> hang a process and let it go on.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"kill -{name} {Id}: exit {kill.ExitCode}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    /// <summary>
    /// A free port, told to nobody else of this process, from below those that the system gives to connections (one of these would be taken
    /// again before a process that starts slowly listens on it) and those of the private servers, which come back to theirs.
    /// </summary>
    public static int FreePort()
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            var port = 12_000 + ((Interlocked.Increment(ref _lastPort) & int.MaxValue) % 8_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody else's
            }
        }

        throw new InvalidOperationException("a thousand ports are taken");
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
            text.Append(line).Append('\n');
    }

    private static string ReadAll(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
