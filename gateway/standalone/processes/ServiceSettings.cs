using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Which setting goes to which process. A setting in the section of one service goes to that service, on its command line, where an unknown
/// key ends the process with an error. All other settings go to every process as environment variables, since a process ignores those that
/// it does not know. The settings of the servers are environment variables too: they hold passwords, and everybody can read a command line.
/// </summary>
internal sealed class ServiceSettings
{
    private readonly List<(string Key, string Value)> _settings;
    private readonly List<(string Key, string Value)> _serverSettings;
    private readonly string _stateFolder;

    /// <param name="stateFolder">State folder of the mesh.</param>
    /// <param name="settings">Settings of the user, <c>Section:Key=value</c> each.</param>
    /// <param name="serverSettings">Settings that the servers need, in the same form.</param>
    /// <exception cref="MeshException">A setting has another form.</exception>
    public ServiceSettings(string stateFolder, IEnumerable<string> settings, IEnumerable<string> serverSettings)
    {
        _stateFolder = stateFolder;
        _settings = [.. settings.Select(ParseSetting)];
        _serverSettings = [.. serverSettings.Select(ParseSetting)];
    }

    /// <summary>The stateful services whose settings name a database and a bus that several processes can share.</summary>
    public IReadOnlyList<string> ReplicableServices => _settings.Contains(("Mesh:Bus", "rabbitmq"))
        ? [.. ServicePrograms.StatefulServiceNames.Where(HasSharedDatabase)]
        : [];

    /// <summary>The settings that are not in the section of one service.</summary>
    public IEnumerable<(string Key, string Value)> SharedSettings =>
        _settings.Where(g => ServicePrograms.ServiceNames.All(s => !BelongsTo(g.Key, s)));

    /// <summary>The command line of a service, but for its ports.</summary>
    public IEnumerable<string> ArgumentsFor(string service) =>
        [.. FolderArguments(service), .. _settings.Where(g => BelongsTo(g.Key, service)).Select(g => $"--{g.Key}={g.Value}")];

    /// <summary>
    /// The environment variables of every process. Where nobody but the user of this machine can ask, requests may give paths of it.
    /// </summary>
    public IEnumerable<KeyValuePair<string, string>> EnvironmentVariables() =>
        (TakesPaths ? [(Key: "Data:TakePaths", Value: "true")] : Array.Empty<(string Key, string Value)>())
            .Concat(_serverSettings).Concat(SharedSettings)
            .Select(g => KeyValuePair.Create(g.Key.Replace(":", "__", StringComparison.Ordinal), g.Value));

    private bool TakesPaths =>
        _settings.FindLast(s => s.Key.Equals("Mesh:Authentication", StringComparison.OrdinalIgnoreCase)).Value is null or "none";

    private static (string Key, string Value) ParseSetting(string text)
    {
        var split = text.IndexOf('=', StringComparison.Ordinal);
        return split > 0 && text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && colon < split
            ? (text[..split], text[(split + 1)..])
            : throw MeshException.Invalid("--set", $"'{text}' must have the form Section:Key=value.");
    }

    private bool HasSharedDatabase(string service) => _settings.Any(
        s => BelongsTo(s.Key, service) && s.Key.EndsWith(":Database", StringComparison.Ordinal) && s.Value == "postgres");

    private static bool BelongsTo(string key, string service)
    {
        var section = key[..key.IndexOf(':', StringComparison.Ordinal)];
        return section.Equals(service, StringComparison.OrdinalIgnoreCase);
    }

    private string[] FolderArguments(string service) => service switch
    {
        "balancer" => [$"--Storage:Root={_stateFolder}", $"--Balancer:StateFolder={_stateFolder}"],
        "report" => [$"--Report:TextModels:Root={StateFolderPaths.ModelsPath(_stateFolder)}"],
        "diffusion" => [$"--Storage:Root={_stateFolder}", $"--Diffusion:ModelRoot={StateFolderPaths.ModelsPath(_stateFolder)}"],
        "curation" => [$"--Storage:Root={_stateFolder}", $"--Curation:GeneratorRoot={StateFolderPaths.ModelsPath(_stateFolder)}",
            $"--Curation:IndexRoot={StateFolderPaths.IndexesPath(_stateFolder)}",
            $"--Curation:EncoderRoot={StateFolderPaths.ModelsPath(_stateFolder)}",
            $"--Curation:BankRoot={StateFolderPaths.BanksPath(_stateFolder)}",
            $"--Curation:AlignmentRoot={StateFolderPaths.AlignmentsPath(_stateFolder)}"],
        "evaluator" => [$"--Storage:Root={_stateFolder}", $"--Evaluator:StateFolder={_stateFolder}"],
        "trainer" => [$"--Trainer:StateFolder={_stateFolder}",
            $"--Trainer:JudgeFolder={Path.Combine(AppContext.BaseDirectory, "models", "cxr-tiny-judge")}"],
        _ => [],
    };
}
