using System.Collections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Hosting.Settings;

/// <summary>
/// The settings that a process knows: the properties of every options class that it binds to its <c>Section</c>, and the peers.
/// </summary>
public static class SettingKeys
{
    /// <summary>The options classes that the process binds to a section of the configuration.</summary>
    internal static IEnumerable<Type> BoundTypes(IHostApplicationBuilder builder) => builder.Services.Select(s => s.ServiceType)
        .Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IOptionsChangeTokenSource<>))
        .Select(t => t.GenericTypeArguments[0]).Where(t => GetSection(t) is not null).Distinct();

    /// <summary>Keys as <c>Section:Property</c>; the value is true for lists and dictionaries, which have keys below them.</summary>
    internal static Dictionary<string, bool> Collect(IHostApplicationBuilder builder)
    {
        var known = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        foreach (var peer in MeshClients.Ports.Keys)
            (known[$"Peers:{peer}"], known[$"Peers:{peer}-json"]) = (false, false);
        foreach (var type in BoundTypes(builder))
        {
            foreach (var property in type.GetProperties())
                known[$"{GetSection(type)}:{property.Name}"] = HasEntries(property.PropertyType);
        }

        return known;
    }

    /// <summary>The section that an options class is bound to.</summary>
    public static string? GetSection(Type options) => options.GetField("Section")?.GetRawConstantValue() as string;

    /// <summary>True for lists and dictionaries.</summary>
    internal static bool HasEntries(Type type) => type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable));
}
