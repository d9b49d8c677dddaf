using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Which setting goes to which service. What is in a section of one service goes to that one, on its command line, where a key that it does
/// not know stops it; what all may need goes to all, as environment variables, which nobody must know. So
/// does what the servers say of themselves: there are passwords in it, and a command line is everybody's to read.
/// </summary>
internal sealed class ServiceSettings
{
    private readonly List<(string Key, string Value)> _settings;
    private readonly List<(string Key, string Value)> _serverSettings;
    private readonly string _stateFolder;

    /// <param name="given"><c>Section:Key=value</c> each.</param>
    /// <param name="ofServers">The same, from the servers.</param>
    /// <exception cref="MeshException">One is not of that form.</exception>
    public ServiceSettings(string state, IEnumerable<string> given, IEnumerable<string> ofServers) =>
        (_stateFolder, _settings, _serverSettings) = (state, [.. given.Select(ParseSetting)], [.. ofServers.Select(ParseSetting)]);

    /// <summary>The services with rows that were given a database and a bus that several processes can share.</summary>
    public IReadOnlyList<string> ReplicableServices =>
        _settings.Contains(("Mesh:Bus", "rabbitmq"))
            ? [.. ServicePrograms.StatefulServiceNames.Where(
                s => _settings.Any(
                    g => BelongsTo(g.Key, s) && g.Key.EndsWith(":Database", StringComparison.Ordinal) && g.Value == "postgres"))] : [];

    /// <summary>What was given for all services.</summary>
    public IEnumerable<(string Key, string Value)> SharedSettings =>
        _settings.Where(g => ServicePrograms.ServiceNames.All(s => !BelongsTo(g.Key, s)));

    /// <summary>The command line of a service, but for its addresses.</summary>
    public IEnumerable<string> ArgumentsFor(string service) =>
        [.. FolderArguments(service), .. _settings.Where(g => BelongsTo(g.Key, service)).Select(g => $"--{g.Key}={g.Value}")];

    /// <summary>What goes to every process.</summary>
    public IEnumerable<KeyValuePair<string, string>> EnvironmentVariables() =>
        _serverSettings.Concat(SharedSettings)
            .Select(g => KeyValuePair.Create(g.Key.Replace(":", "__", StringComparison.Ordinal), g.Value));

    private static (string Key, string Value) ParseSetting(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        return split > 0 && text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && colon < split
            ? (text[..split], text[(split + 1)..])
            : throw MeshException.Invalid("--set", $"'{text}' is not of the form Section:Key=value");
    }

    private static bool BelongsTo(string key, string service)
    {
        var section = key[..key.IndexOf(':', StringComparison.Ordinal)];
        return section.Equals(service, StringComparison.OrdinalIgnoreCase);
    }

    private string[] FolderArguments(string service) => service switch
    {
        "balancer" => [$"--Storage:Root={_stateFolder}", $"--Balancer:StateFolder={_stateFolder}"],
        "diffusion" or "curation" => [$"--Storage:Root={_stateFolder}"],
        "evaluator" => [$"--Storage:Root={_stateFolder}", $"--Evaluator:StateFolder={_stateFolder}"],
        "trainer" => [$"--Trainer:StateFolder={_stateFolder}",
            $"--Trainer:JudgeFolder={Path.Combine(AppContext.BaseDirectory, "models", "cxr-tiny-judge")}"],
        _ => [],
    };
}
