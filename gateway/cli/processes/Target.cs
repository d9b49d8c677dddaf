using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli.Processes;

/// <summary>One replica by name: <c>diffusion/2</c>.</summary>
internal readonly record struct Target(string Service, int Number)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Service}/{Number}");

    /// <exception cref="MeshException">It is no such name.</exception>
    public static Target Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && Programs.Services.Contains(parts[0]) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var number) && number > 0
            ? new Target(parts[0], number)
            : throw MeshException.Invalid("REPLICA", $"'{text}' is not of the form SERVICE/NUMBER; the services are {string.Join(", ", Programs.Services)}");
    }
}

/// <summary>How many replicas each service gets.</summary>
internal static class ReplicaCounts
{
    private const int Most = 64;

    /// <param name="given">Values of <c>--replicas</c>: <c>2</c> for every service that may have several, <c>diffusion=4</c> for one.</param>
    /// <param name="onServers">True when the mesh runs on PostgreSQL and RabbitMQ: only then may there be several balancers.</param>
    /// <exception cref="MeshException">A value can't be read or can't be met.</exception>
    public static IReadOnlyDictionary<string, int> Read(IEnumerable<string> given, bool onServers)
    {
        var counts = Programs.Services.ToDictionary(s => s, _ => 1);
        foreach (var text in given)
        {
            var parts = text.Split('=');
            if (!int.TryParse(parts[^1], CultureInfo.InvariantCulture, out var count) || count is < 1 or > Most || parts.Length > 2 || (parts.Length == 2 && !counts.ContainsKey(parts[0])))
                throw MeshException.Invalid("--replicas", $"'{text}' is neither a number from 1 to {Most} nor SERVICE=NUMBER; the services are {string.Join(", ", Programs.Services)}");
            if (parts.Length == 2 && Problem(parts[0], count, onServers) is { } problem)
                throw MeshException.Invalid("--replicas", problem);
            foreach (var service in parts.Length == 2 ? [parts[0]] : Programs.Services.Where(s => Problem(s, count, onServers) is null))
                counts[service] = count;
        }

        return counts;
    }

    /// <summary>Why a service can't have so many replicas, or null.</summary>
    public static string? Problem(string service, int count, bool onServers) => count switch
    {
        > Most => $"{Most} replicas of a service are the most on one machine",
        > 1 when Programs.IsSingle(service) => $"{service} keeps its rows in a file of one process here: it has one replica",
        > 1 when service == "balancer" && !onServers => "several balancers need PostgreSQL and RabbitMQ between them: --with-servers, or a bus and a database of your own by --set",
        _ => null,
    };
}
