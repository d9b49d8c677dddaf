using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Finds the programs of the services: beside this command, where a build of the solution puts them
/// (<c>artifacts/bin/SynCxr.Mesh.Report/release</c>), or in the folder of <c>--programs</c>, which holds one folder for each service, as
/// <c>dotnet publish -o DIR/report services/report</c> makes them.
/// </summary>
internal sealed class ServicePrograms
{
    private readonly string? _publishedFolder;

    /// <param name="published">The folder of <c>--programs</c>; null for the programs beside this command.</param>
    public ServicePrograms(DirectoryInfo? published) => _publishedFolder = published?.FullName;

    /// <summary>The services, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> ServiceNames { get; } = ["gateway", "balancer", "report", "diffusion", "curation", "trainer",
        "evaluator"];

    /// <summary>The services that have a database: several replicas of one must share it, and a bus.</summary>
    public static IReadOnlyList<string> StatefulServiceNames { get; } = ["balancer", "trainer", "evaluator"];

    /// <summary>Finds the dll of a service.</summary>
    /// <exception cref="MeshException">It does not exist.</exception>
    public string FindProgram(string service)
    {
        var name = $"SynCxr.Mesh.{char.ToUpperInvariant(service[0])}{service[1..]}";
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var folder = _publishedFolder is not null
            ? Path.Combine(_publishedFolder, service) : Path.Combine(own.Parent?.Parent?.FullName ?? "", name, own.Name);
        var program = Path.Combine(folder, name + ".dll");
        return File.Exists(program)
            ? program
            : throw MeshException.Invalid("--programs",
                $"The program '{program}' does not exist. Build the solution, or give a folder with a published program for each service.");
    }
}
