using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>The files of the checkout that people write: no build output, no installed packages, no data of a run.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] _skippedFolders = [".git", "artifacts", "bin", "obj", "node_modules", "TestResults"];

    private static readonly Lazy<IReadOnlyList<SourceFile>> _parsedSources = new(
        () => [.. Find(".cs").Select(p => SourceFile.Read(p, FindProject(p)))]);

    private static readonly Lazy<IReadOnlyList<ProjectFile>> _readProjects = new(() => [.. Find(".csproj").Select(ProjectFile.Read)]);

    /// <summary>Every C# file, parsed once for all tests.</summary>
    public static IReadOnlyList<SourceFile> Sources => _parsedSources.Value;

    public static IReadOnlyList<ProjectFile> Projects => _readProjects.Value;

    /// <summary>Files by the end of their name, as paths relative to the checkout, in order.</summary>
    public static IReadOnlyList<string> Find(string nameEnd) =>
        [.. Walk(Repository.Root).Where(p => p.EndsWith(nameEnd, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public static string FullPath(string path) => Path.Combine(Repository.Root, path);

    /// <summary>The project in whose folder a file lies: the nearest one above it, or null.</summary>
    private static ProjectFile? FindProject(string path) => Projects
        .Where(p => path.StartsWith(p.Folder + "/", StringComparison.Ordinal))
        .MaxBy(p => p.Folder.Length);

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
            yield return Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
        foreach (var below in Directory.EnumerateDirectories(folder).Where(d => !_skippedFolders.Contains(Path.GetFileName(d))))
        {
            foreach (var file in Walk(below))
                yield return file;
        }
    }
}
