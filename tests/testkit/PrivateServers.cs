using System.Diagnostics;

namespace SynCxr.Mesh.Testkit;

/// <summary>PostgreSQL, RabbitMQ and an S3 store of a test's own, by <c>deploy/servers/servers.sh</c>.</summary>
public sealed class PrivateServers : IAsyncDisposable
{
    private static readonly string _script = Path.Combine(Repository.Root, "deploy", "servers", "servers.sh");
    private readonly ScratchFolder _scratch = new();
    private readonly string? _absenceReason;

    private PrivateServers(string? why, IReadOnlyDictionary<string, string> settings)
    {
        _absenceReason = why;
        Settings = settings;
    }

    /// <summary>What a process needs to use them, as <c>Section:Key</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; private set; }

    private string Folder => _scratch["servers"];

    public static async Task<PrivateServers> StartAsync()
    {
        var servers = new PrivateServers(null, new Dictionary<string, string>());
        var (code, output) = await RunAsync("start", servers.Folder);
        if (code == 0)
        {
            servers.Settings = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2))
                .ToDictionary(l => l[0], l => l[1]);
            return servers;
        }

        await servers.DisposeAsync();
        return new PrivateServers(output.Trim(), servers.Settings);
    }

    /// <summary>False, after a line that says why, where there are none; in CI that is a failure.</summary>
    public bool AreAvailable()
    {
        if (_absenceReason is null)
            return true;
#pragma warning disable RS0030 // a test has no options to bind
        var isCi = Environment.GetEnvironmentVariable("CI") == "true";
#pragma warning restore RS0030
        if (isCi)
            throw new InvalidOperationException($"in CI the servers must be there: {_absenceReason}");
        Console.WriteLine($"not tested: {_absenceReason}");
        return false;
    }

    /// <param name="server"><c>postgres</c>, <c>rabbitmq</c> or <c>s3</c>.</param>
    public Task StopAsync(string server) => RunOrThrowAsync("stop", Folder, server);

    public Task StartAsync(string server) => RunOrThrowAsync("start", Folder, server);

    public async ValueTask DisposeAsync()
    {
        if (_absenceReason is not null || !Directory.Exists(_scratch.Path))
            return;
        await RunAsync("remove", Folder);
        _scratch.Dispose();
    }

    private static async Task RunOrThrowAsync(params string[] args)
    {
        var (code, output) = await RunAsync(args);
        if (code != 0)
            throw new InvalidOperationException(output);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        // Into a file: the servers inherit what the script was given, and would hold a pipe open.
        var log = Path.GetTempFileName();
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("bash", ["-c", "exec bash \"$@\" > \"$0\" 2>&1", log, _script, .. args]))!;
            await process.WaitForExitAsync();
            return (process.ExitCode, await File.ReadAllTextAsync(log));
        }
        finally
        {
            File.Delete(log);
        }
    }
}
