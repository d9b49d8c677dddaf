using System.Diagnostics;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>PostgreSQL, RabbitMQ and an S3 store of one mesh, started by <c>deploy/servers/servers.sh</c>.</summary>
internal sealed class BackingServers
{
    private readonly string _script;
    private readonly string _folder;

    private BackingServers(string script, string folder) => (_script, _folder) = (script, folder);

    /// <summary>The settings by which services use the servers, <c>Section:Key=value</c> each.</summary>
    public IReadOnlyList<string> Settings { get; private set; } = [];

    /// <summary>Installs the servers where they are missing, and starts them.</summary>
    /// <param name="given">The script, or null for the one of the checkout that this command was built in.</param>
    /// <exception cref="MeshException">The script does not exist.</exception>
    /// <exception cref="IOException">A server can't be started.</exception>
    public static async Task<BackingServers> StartAsync(FileInfo? given, string folder, CancellationToken cancellation)
    {
        var script = given?.FullName ?? FindInParentFolders(AppContext.BaseDirectory, Path.Combine("deploy", "servers", "servers.sh"));
        if (script is null || !File.Exists(script))
            throw MeshException.Invalid("--servers",
                $"'{script ?? "deploy/servers/servers.sh"}' does not exist. Give the script that starts the servers.");
        Directory.CreateDirectory(folder);
        var servers = new BackingServers(script, folder);
        await servers.RunAsync(cancellation, "install");
        var settings = await servers.RunAsync(cancellation, "start", folder);
        servers.Settings = [.. settings.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(l => l.Contains('=', StringComparison.Ordinal))];
        return servers;
    }

    /// <summary>Stops them; their data stays.</summary>
    public Task StopAsync() => RunAsync(CancellationToken.None, "stop", _folder);

    private async Task<string> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("bash", [_script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new IOException("The shell 'bash' can't be started.");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? await output : throw new IOException($"{_script} {arguments[0]}: {(await error).Trim()}");
    }

    private static string? FindInParentFolders(string folder, string name)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, name)))
                return Path.Combine(at.FullName, name);
        }

        return null;
    }
}
