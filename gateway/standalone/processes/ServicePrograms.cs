using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>
/// Where the built programs of the services are: beside this command, as a build of the solution leaves them
/// (<c>artifacts/bin/SynCxr.Mesh.Report/release</c>), or in a folder given with <c>--programs</c> that holds one folder a service, as
/// <c>dotnet publish -o DIR/report services/report</c> makes them.
/// </summary>
internal sealed class ServicePrograms
{
    private readonly string? _publishedFolder;

    /// <param name="published">The folder of <c>--programs</c>, or null.</param>
    public ServicePrograms(DirectoryInfo? published) => _publishedFolder = published?.FullName;

    /// <summary>The services, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> ServiceNames { get; } = ["gateway", "balancer", "report", "diffusion", "curation", "trainer",
        "evaluator"];

    /// <summary>The services that have rows: several of one need a database and a bus between them.</summary>
    public static IReadOnlyList<string> StatefulServiceNames { get; } = ["balancer", "trainer", "evaluator"];

    /// <summary>The dll of a service.</summary>
    /// <exception cref="MeshException">It is not there.</exception>
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
                $"{program} does not exist; build the solution, or name a folder with a published program for each service");
    }
}
