using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>
/// Refuses a command-line key that nothing reads, which is a typing error, and names the nearest known key. Known are the properties of
/// every options class that the process binds to its <c>Section</c>, the peers, and the sections of ASP.NET itself. Environment variables
/// are not checked: others share them.
/// </summary>
internal static class CommandLineKeyValidator
{
    private const string ArgumentsKey = "syncxr.arguments";

    private static readonly string[] _frameworkSections =
    [
        "Logging", "Kestrel", "AllowedHosts", "urls", "http_ports", "https_ports", "environment", "contentRoot", "applicationName",
        "webRoot",
        "detailedErrors", "shutdownTimeoutSeconds",
    ];

    public static void RememberArguments(IHostApplicationBuilder builder, string[] arguments) =>
        builder.Properties[ArgumentsKey] = arguments;

    /// <exception cref="MeshException">INVALID_FIELD; names the first unknown key.</exception>
    public static void Validate(IHostApplicationBuilder builder)
    {
        var known = CollectKnownKeys(builder);
        var given = new ConfigurationBuilder().AddCommandLine((string[])builder.Properties[ArgumentsKey]).Build().AsEnumerable();
        foreach (var (key, _) in given.Where(g => g.Value is not null).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var parts = key.Split(':');
            if (_frameworkSections.Contains(parts[0], StringComparer.OrdinalIgnoreCase))
                continue;
            if (Enumerable.Range(1, parts.Length)
                .Any(n => known.TryGetValue(string.Join(':', parts[..n]), out var isTree) && (n == parts.Length || isTree)))
                continue;
            var problem = $"Unknown setting '{key}'. Did you mean '{known.Keys.MinBy(k => EditDistance(k, key))}'?";
            throw new MeshException(ErrorReasons.InvalidField, problem, [new FieldViolation(key, problem)]);
        }
    }

    /// <summary>Keys as <c>Section:Property</c>; the value is true for lists and dictionaries, which have keys below them.</summary>
    private static Dictionary<string, bool> CollectKnownKeys(IHostApplicationBuilder builder)
    {
        var known = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        foreach (var peer in MeshClients.Ports.Keys)
            (known[$"Peers:{peer}"], known[$"Peers:{peer}-json"]) = (false, false);
        var bound = builder.Services.Select(s => s.ServiceType)
            .Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IOptionsChangeTokenSource<>))
            .Select(t => t.GenericTypeArguments[0]);
        foreach (var type in bound)
        {
            if (SettingErrorFormatter.GetSection(type) is not { } section)
                continue;
            foreach (var property in type.GetProperties())
                known[$"{section}:{property.Name}"] = property.PropertyType != typeof(string)
                    && property.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable));
        }

        return known;
    }

    /// <summary>Levenshtein distance, ignoring letter case.</summary>
    private static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var corner = row[0]++;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = corner + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                corner = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
