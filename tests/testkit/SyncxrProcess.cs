using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace SynCxr.Mesh.Testkit;

/// <summary>Runs our executables as a user does: as processes, with ports and signals.</summary>
public sealed class SyncxrProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private SyncxrProcess(string project, string assembly, IEnumerable<string> args, string? folder)
    {
        var dll = Path.Combine(Repository.Root, "artifacts", "bin", project, "release", assembly + ".dll");
        if (!File.Exists(dll))
            throw new FileNotFoundException($"{dll} is not built. Build the solution in Release first.");
        // Where a shell runs the tests in the background, its children ignore SIGINT: env restores the default.
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
            throw new InvalidDataException($"The last line is not a JSON object. Exit code {code}\n{output}\n{error}");
        return (code, JsonDocument.Parse(last).RootElement, error);
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Sends SIGKILL, as a crash would end it.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>Sends SIGTERM, as an orchestrator does to stop a replica.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await WaitForExitAsync();
    }

    /// <summary>Sends a signal by its name: <c>INT</c> is Ctrl-C, <c>STOP</c> suspends a process and <c>CONT</c> resumes it.</summary>
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
