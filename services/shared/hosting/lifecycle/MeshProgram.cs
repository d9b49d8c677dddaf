using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>Runs a built service to its end, and turns what it can't start or go on with into one line and an exit code.</summary>
internal static class MeshProgram
{
    /// <summary>A setting, a server, a port or a model is wrong: a restart would fail as well.</summary>
    public const int WrongStart = 2;

    /// <summary>A defect of the program.</summary>
    private const int Defect = 1;

    /// <returns>The exit code: 0 after a drain, 2 after one line that says what is wrong, 1 for a defect of the process.</returns>
    public static async Task<int> RunAsync(WebApplication app)
    {
        var wait = app.Services.GetRequiredService<ServerWait>();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SynCxr.Mesh.Hosting");
        List<BackgroundService> parts = [];
        var isStarting = false;
        Exception? fault = null;
        try
        {
            // A wrong model is found as its part is made, before any has begun.
            parts = [.. app.Services.GetServices<IHostedService>().OfType<BackgroundService>()];
            PortProbe.Check(app.Services.GetRequiredService<IOptions<MeshOptions>>().Value);
            isStarting = true;
            await app.StartAsync();
            await app.WaitForShutdownAsync();
        }
        catch (Exception error) // what is no problem of the start is logged with its stack below
        {
            fault = error;
            if (isStarting)
                await app.StopAsync(); // a part that loads a model would crash the process if it went on
        }

        fault = wait.Problem ?? FindPartFault(parts) ?? fault;
        if (fault is null or OperationCanceledException)
            return Environment.ExitCode; // SIGTERM, perhaps while a server was waited for
        if (Describe(fault) is { } problem)
        {
            await Console.Error.WriteLineAsync($"error: {problem.ReplaceLineEndings(" ")}");
            return WrongStart;
        }

        Log.ProcessFailed(logger, fault);
        await Console.Error.WriteLineAsync($"error: the process has a defect: {fault.GetBaseException().Message.ReplaceLineEndings(" ")}");
        return Defect;
    }

    /// <summary>One line for what a person can mend; null for a defect.</summary>
    private static string? Describe(Exception fault) => SettingErrorFormatter.TryDescribe(fault)
        ?? (fault is MeshException or InvalidDataException or IOException or UnauthorizedAccessException ? fault.Message : null);

    /// <summary>What ended a part in the background, such as one that loads a model.</summary>
    private static Exception? FindPartFault(IEnumerable<BackgroundService> parts) => parts
        .Select(p => p.ExecuteTask?.Exception?.GetBaseException()).FirstOrDefault(e => e is not (null or OperationCanceledException));
}
