using System.Text.Json;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Testkit.Goldens;

/// <summary>
/// A folder of answers that another program gave. It, and any path that leads out of one, is looked for below <c>$SYNCXR_GOLDENS</c> first,
/// then in <c>../shared/data</c>.
/// </summary>
public sealed partial class GoldenFolder
{
    private const string RootVariable = "SYNCXR_GOLDENS";

    private GoldenFolder(string name, string path) => (Name, Path) = (name, path);

    public string Name { get; }

    public string Path { get; }

    /// <summary>Finds a folder. Where it is absent, that is recorded and the test is to return; in CI it is a failure.</summary>
    public static bool TryFind(string name, out GoldenFolder folder)
    {
        folder = new GoldenFolder(name, Locate(name));
        if (Prerequisite.IsPresent(folder.Path, $"golden answers, kept beside the checkout or below ${RootVariable}"))
            return true;
        GoldenResults.Record($"{name} not tested: {folder.Path} is not there");
        return false;
    }

    /// <summary>A file or folder of it, or one outside that a relative path leads to.</summary>
    public string Resolve(string relative)
    {
        var inside = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, relative));
        var fromRoot = System.IO.Path.GetRelativePath(System.IO.Path.GetDirectoryName(Path)!, inside);
        return fromRoot == Name || fromRoot.StartsWith(Name + "/", StringComparison.Ordinal) ? inside : Locate(fromRoot);
    }

    /// <summary>True where one of these lists is there. Where none is, that is recorded and the test is to return.</summary>
    public bool HasAny(params IReadOnlyList<string> lists)
    {
        if (lists.Any(list => File.Exists(Resolve(list))))
            return true;
        GoldenResults.Record($"{Name} not tested: {string.Join(", ", lists.DefaultIfEmpty("a list"))} is not in {Path}");
        return false;
    }

    /// <summary>Copies a folder of it, so that a test may change the copy.</summary>
    /// <returns>The copy.</returns>
    public string CopyFolder(string relative, string target)
    {
        var source = Resolve(relative);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(target, System.IO.Path.GetRelativePath(source, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.WriteAllBytes(copy, File.ReadAllBytes(file)); // without the permissions: these may be of a file that nobody may write
        }
        return target;
    }

    /// <summary>
    /// The objects of a list with one JSON object a line; none where the list is missing. Python's bare <c>NaN</c>, <c>Infinity</c> and
    /// <c>-Infinity</c> become strings.
    /// </summary>
    public IReadOnlyList<JsonElement> ReadList(string list)
    {
        var path = Resolve(list);
        return File.Exists(path)
            ? [.. File.ReadLines(path).Where(line => line.Length > 0)
                .Select(line => JsonDocument.Parse(BareWordPattern().Replace(line, "$1\"$2\"")).RootElement)] : [];
    }

    private static string Locate(string relative)
    {
#pragma warning disable RS0030 // a test has no options to bind
        var root = Environment.GetEnvironmentVariable(RootVariable);
#pragma warning restore RS0030
        if (!string.IsNullOrEmpty(root) && System.IO.Path.Combine(root, relative) is var given && System.IO.Path.Exists(given))
            return System.IO.Path.GetFullPath(given);
        return System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, "..", "shared", "data", relative));
    }

    [GeneratedRegex(@"([:\[,] ?)(NaN|-?Infinity)(?=[,\]}])")]
    private static partial Regex BareWordPattern();
}
