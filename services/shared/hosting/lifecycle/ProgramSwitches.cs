using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>The arguments of a service's program that are not settings, at any place of its command line.</summary>
internal static class ProgramSwitches
{
    /// <summary>Asks the process that runs on this machine with the same settings whether it is ready.</summary>
    public const string Health = "--health";

    /// <summary>Checks the settings and ends, with 0 or 2; starts nothing.</summary>
    public const string Check = "--check";

    /// <summary>Prints the switches and settings of the program.</summary>
    public const string Help = "--help";

    public static IReadOnlyList<string> All { get; } = [Health, Check, Help];

    /// <summary>Prints what the program takes.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> WriteHelpAsync(IHostApplicationBuilder builder, string service)
    {
        await Console.Out.WriteLineAsync($"""
            The {service} service of SynCxr.Mesh. It runs until SIGTERM or Ctrl-C.
              {Health}             Ask the process that runs here with the same settings whether it is ready; exit code 0 or 1.
              {Check}              Check the settings, and start nothing; exit code 0 or 2.
              --Section:Key=value  Set one of the settings below; deploy/README.md says what they do.
            """);
        foreach (var key in SettingKeys.Collect(builder).Keys.Order(StringComparer.OrdinalIgnoreCase))
            await Console.Out.WriteLineAsync("  " + key);
        return 0;
    }
}
