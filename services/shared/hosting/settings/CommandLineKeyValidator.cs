using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>
/// Refuses what a command line should not hold: an argument that is no setting, a setting without a value, and a key that nothing reads,
/// which is a typing error: it names the nearest known key. Known are those of <see cref="SettingKeys"/> and the sections of ASP.NET
/// itself. Environment variables are not checked: others share them.
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

    /// <summary>
    /// Checks that every argument is a setting with a value, <c>--Section:Key=value</c> or <c>--Section:Key value</c>. The framework
    /// ignores the others, so that <c>--Mesh:Port</c> without its number would start the service on another port.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD; names the first wrong argument.</exception>
    public static void ValidateForm(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            var isKey = argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 2 && argument[2] != '=';
            if (!isKey)
                throw Invalid(argument, $"Unknown argument '{argument}'. A setting is given as --Section:Key=value.");
            if (argument.Contains('=', StringComparison.Ordinal))
                continue;
            if (!argument.Contains(':', StringComparison.Ordinal) && !IsOfFramework(argument[2..]))
                throw Invalid(argument, $"Unknown argument '{argument}'. A setting is given as --Section:Key=value.");
            if (i + 1 == arguments.Length || arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
                throw Invalid(argument[2..], $"{argument[2..]}: has no value. Give it as {argument}=value.");
            i++;
        }
    }

    /// <exception cref="MeshException">INVALID_FIELD; names the first unknown key.</exception>
    public static void Validate(IHostApplicationBuilder builder)
    {
        var known = SettingKeys.Collect(builder);
        var given = new ConfigurationBuilder().AddCommandLine((string[])builder.Properties[ArgumentsKey]).Build().AsEnumerable();
        foreach (var (key, _) in given.Where(g => g.Value is not null).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var parts = key.Split(':');
            if (IsOfFramework(parts[0]))
                continue;
            if (Enumerable.Range(1, parts.Length)
                .Any(n => known.TryGetValue(string.Join(':', parts[..n]), out var isTree) && (n == parts.Length || isTree)))
                continue;
            throw Invalid(key, $"Unknown setting '{key}'. {Suggest(known.Keys, key)}");
        }
    }

    /// <summary>The nearest known key, where so few letters differ that it may have been meant.</summary>
    private static string Suggest(IEnumerable<string> known, string key)
    {
        var (nearest, distance) = known.Select(k => (k, EditDistance(k, key))).MinBy(k => k.Item2);
        return distance <= Math.Max(2, key.Length / 4) ? $"Did you mean '{nearest}'?" : "deploy/README.md lists the settings.";
    }

    private static bool IsOfFramework(string section) => _frameworkSections.Contains(section, StringComparer.OrdinalIgnoreCase);

    private static MeshException Invalid(string key, string problem) =>
        new(ErrorReasons.InvalidField, problem, [new FieldViolation(key, problem)]);

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
