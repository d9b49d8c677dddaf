using System.Diagnostics;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Asks the programs of the services whether they would start with their settings, by their argument <c>--check</c>. Only the programs
/// know: those of <c>--programs</c> may be of another version than this command.
/// </summary>
internal sealed class SettingsRehearsal(ServicePrograms programs, ServiceSettings settings)
{
    /// <summary>The exit code of a program whose settings are wrong.</summary>
    private const int WrongSetting = 2;

    /// <exception cref="MeshException">A setting is unknown or has a wrong value; the message names it.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        var problems = await Task.WhenAll(ServicePrograms.ServiceNames.Select(s => FindProblemAsync(s, cancellation)));
        if (problems.OfType<string>().Distinct().ToList() is { Count: > 0 } found)
            throw new MeshException(ErrorReasons.InvalidField, string.Join("; ", found), [new FieldViolation("--set", found[0])]);
    }

    /// <summary>What the program says of its settings; null where they can be used.</summary>
    private async Task<string?> FindProblemAsync(string service, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(
            ReplicaProcess.DotnetHost, [programs.FindProgram(service), "--check", .. settings.ArgumentsFor(service)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings.EnvironmentVariables())
            start.Environment[key] = value;
        using var process = Process.Start(start) ?? throw new IOException($"'{start.FileName}' can't be started.");
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            await output;
            var line = (await error).Trim();
            return process.ExitCode != WrongSetting ? null
                : line.StartsWith("error: ", StringComparison.Ordinal) ? line["error: ".Length..] : line;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
