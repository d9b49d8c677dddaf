using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>The name of a replica, such as <c>diffusion/2</c>.</summary>
internal readonly record struct ReplicaName(string Service, int Number)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Service}/{Number}");

    /// <summary>Parses SERVICE/NUMBER.</summary>
    /// <exception cref="MeshException">The text has another form, or the service is unknown.</exception>
    public static ReplicaName Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && ServicePrograms.ServiceNames.Contains(parts[0])
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var number) && number > 0
            ? new ReplicaName(parts[0], number)
            : throw MeshException.Invalid("REPLICA",
                $"'{text}' must have the form SERVICE/NUMBER; the services are {string.Join(", ", ServicePrograms.ServiceNames)}");
    }
}

/// <summary>How many replicas each service gets.</summary>
internal static class ReplicaCounts
{
    private const int MaxReplicas = 64;

    /// <summary>Parses the values of <c>--replicas</c>.</summary>
    /// <param name="values"><c>2</c> for every service that can have several replicas, <c>diffusion=4</c> for one service.</param>
    /// <param name="replicable">The stateful services whose database and bus several processes can share; the others get one
    /// replica.</param>
    /// <returns>The number of replicas of every service.</returns>
    /// <exception cref="MeshException">A value can't be parsed, or a service can't have so many replicas.</exception>
    public static IReadOnlyDictionary<string, int> Parse(IEnumerable<string> values, IReadOnlyList<string> replicable)
    {
        var counts = ServicePrograms.ServiceNames.ToDictionary(s => s, _ => 1);
        foreach (var text in values)
        {
            var parts = text.Split('=');
            if (!int.TryParse(parts[^1], CultureInfo.InvariantCulture, out var count) || count is < 1 or > MaxReplicas || parts.Length > 2
                || (parts.Length == 2 && !counts.ContainsKey(parts[0])))
                throw MeshException.Invalid("--replicas",
                    $"'{text}' must be a number from 1 to {MaxReplicas}, or SERVICE=NUMBER; the services are "
                        + $"{string.Join(", ", ServicePrograms.ServiceNames)}");
            if (parts.Length == 2 && FindProblem(parts[0], count, replicable) is { } problem)
                throw MeshException.Invalid("--replicas", problem);
            var services = parts.Length == 2
                ? [parts[0]]
                : ServicePrograms.ServiceNames.Where(s => FindProblem(s, count, replicable) is null);
            foreach (var service in services)
                counts[service] = count;
        }

        return counts;
    }

    /// <summary>Why a service can't have so many replicas; null where it can.</summary>
    public static string? FindProblem(string service, int count, IReadOnlyList<string> replicable) => count switch
    {
        > MaxReplicas => $"{MaxReplicas} is the largest number of replicas of a service on one machine.",
        > 1 when ServicePrograms.StatefulServiceNames.Contains(service) && !replicable.Contains(service) =>
            $"Several {service}s need a shared PostgreSQL and RabbitMQ. Add --with-servers, or name your own by --set.",
        _ => null,
    };
}
