using System.Diagnostics;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>PostgreSQL, RabbitMQ and an S3 store of one mesh, started by <c>deploy/servers/servers.sh</c>.</summary>
internal sealed class BackingServers
{
    /// <summary>The script's exit code where packages are not installed.</summary>
    private const int NotInstalled = 3;

    private static readonly string _scriptPath = Path.Combine("deploy", "servers", "servers.sh");
    private readonly string _script;
    private readonly string _folder;

    private BackingServers(string script, string folder) => (_script, _folder) = (script, folder);

    /// <summary>The settings by which services use the servers, <c>Section:Key=value</c> each.</summary>
    public IReadOnlyList<string> Settings { get; private set; } = [];

    /// <summary>Starts the servers. Installs nothing: that changes the machine, so it is the user's decision.</summary>
    /// <param name="given">The script, or null for the one of the checkout that this command was built in.</param>
    /// <exception cref="MeshException">The script does not exist, or a server is not installed.</exception>
    /// <exception cref="IOException">A server can't be started.</exception>
    public static async Task<BackingServers> StartAsync(FileInfo? given, string folder, CancellationToken cancellation)
    {
        var script = given?.FullName ?? FindInParentFolders(AppContext.BaseDirectory, _scriptPath);
        if (script is null || !File.Exists(script))
            throw MeshException.Invalid("--servers",
                $"'{script ?? "deploy/servers/servers.sh"}' does not exist. Give the script that starts the servers.");
        Directory.CreateDirectory(folder);
        var servers = new BackingServers(script, folder);
        var settings = await servers.RunAsync(cancellation, "start", folder);
        servers.Settings = [.. settings.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(l => l.Contains('=', StringComparison.Ordinal))];
        return servers;
    }

    /// <summary>Stops the servers that a mesh which was killed has left in a folder; their data stays.</summary>
    /// <param name="folder">Where none were ever started, nothing happens.</param>
    public static async Task StopLeftAsync(string folder)
    {
        if (File.Exists(Path.Combine(folder, "ports")) && FindInParentFolders(AppContext.BaseDirectory, _scriptPath) is { } script)
            await new BackingServers(script, folder).StopAsync();
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
        if (process.ExitCode == 0)
            return await output;
        var problem = (await error).Trim();
        throw process.ExitCode == NotInstalled
            ? MeshException.Invalid("--with-servers", problem)
            : new IOException($"{_script} {arguments[0]}: {problem}");
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
