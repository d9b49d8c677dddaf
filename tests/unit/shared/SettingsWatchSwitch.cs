using System.Runtime.CompilerServices;

namespace SynCxr.Mesh.Shared.Tests;

/// <summary>
/// Hosts of these tests don't watch their settings files: each watch takes one of the 128 inotify instances that a user has, and hundreds
/// of hosts are built beside each other.
/// </summary>
internal static class SettingsWatchSwitch
{
    [ModuleInitializer]
    internal static void TurnOff() => Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");
}
