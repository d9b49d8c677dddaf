using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>The services as they were built: names, ports, settings, version and source.</summary>
internal static partial class BuiltServices
{
    private static readonly string[] _sources = [.. new[] { "services", "gateway" }
        .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*.cs", SearchOption.AllDirectories))
        .Select(File.ReadAllText)];

    /// <summary>The names of the services and their gRPC ports.</summary>
    public static IReadOnlyDictionary<string, int> Ports => MeshClients.Ports;

    /// <summary>Every setting that a service binds, as <c>Section:Property</c>, by reflection over the built assemblies.</summary>
    public static IReadOnlyDictionary<string, Type> Settings { get; } = Ports.Keys.SelectMany(LoadAssemblies).SelectMany(SettingsIn)
        .DistinctBy(k => k.Key).ToDictionary(k => k.Key, k => k.Type);

    /// <summary>The version that container images are tagged with.</summary>
    public static string Version { get; } = VersionPattern()
        .Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"))).Groups[1].Value;

    /// <summary>The source of the services in one text, to look up names that are only in code: metrics, queues.</summary>
    public static string SourceText => string.Join('\n', _sources);

    /// <summary>True for an environment variable that sets an options property or the address of a peer.</summary>
    public static bool IsKnownSetting(string variable)
    {
        var parts = variable.Split("__");
        if (parts is ["Peers", var peer])
            return Ports.ContainsKey(peer);
        return Enumerable.Range(1, parts.Length).Any(n => Settings.TryGetValue(string.Join(':', parts[..n]), out var type)
            && (n == parts.Length || (type != typeof(string) && type.IsAssignableTo(typeof(System.Collections.IEnumerable)))));
    }

    /// <summary>The source file that makes a metric; null where none does.</summary>
    /// <param name="metric">Its name in Prometheus: with the unit and kind at its end, and underlines for dots.</param>
    public static string? FindMetricSource(string metric)
    {
        var plain = SuffixPattern().Replace(metric, "");
        return _sources.FirstOrDefault(s => NamePattern().Matches(s).Any(m => m.Groups[1].Value.Replace('.', '_') == plain));
    }

    /// <summary>Loads the assemblies of the mesh from the output folder of a service.</summary>
    private static IEnumerable<Assembly> LoadAssemblies(string service)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "bin", "SynCxr.Mesh." + char.ToUpperInvariant(service[0]) + service[1..],
            "release");
        var context = new AssemblyLoadContext(service);
        context.Resolving += (_, name) => Path.Combine(folder, name.Name + ".dll") is var file && File.Exists(file)
            ? context.LoadFromAssemblyPath(file) : null;
        return Directory.GetFiles(folder, "SynCxr.Mesh.*.dll").Select(context.LoadFromAssemblyPath);
    }

    private static IEnumerable<(string Key, Type Type)> SettingsIn(Assembly assembly) => assembly.GetTypes()
        .Select(t => (Type: t, Section: t.GetField("Section")?.GetRawConstantValue() as string))
        .Where(t => t.Section is not null)
        .SelectMany(t => t.Type.GetProperties().Select(p => ($"{t.Section}:{p.Name}", p.PropertyType)));

    [GeneratedRegex("<Version>(.*?)</Version>")]
    private static partial Regex VersionPattern();

    [GeneratedRegex("(_seconds)?(_total|_bucket|_sum|_count)?$")]
    private static partial Regex SuffixPattern();

    [GeneratedRegex("Create[A-Za-z]+(?:<\\w+>)?\\(\\s*\"(syncxr\\.[a-z._]+)\"")]
    private static partial Regex NamePattern();
}
