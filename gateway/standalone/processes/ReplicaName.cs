using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>One replica by name: <c>diffusion/2</c>.</summary>
internal readonly record struct ReplicaName(string Service, int Number)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Service}/{Number}");

    /// <exception cref="MeshException">It is no such name.</exception>
    public static ReplicaName Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2 && ServicePrograms.ServiceNames.Contains(parts[0])
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var number) && number > 0
            ? new ReplicaName(parts[0], number)
            : throw MeshException.Invalid("REPLICA",
                $"'{text}' is not of the form SERVICE/NUMBER; the services are {string.Join(", ", ServicePrograms.ServiceNames)}");
    }
}

/// <summary>How many replicas each service gets.</summary>
internal static class ReplicaCounts
{
    private const int MaxReplicas = 64;

    /// <param name="given">Values of <c>--replicas</c>: <c>2</c> for every service that may have several, <c>diffusion=4</c> for
    /// one.</param>
    /// <param name="shared">The services with rows whose rows and messages several processes can share: of the others there may be
    /// one.</param>
    /// <exception cref="MeshException">A value can't be read or can't be met.</exception>
    public static IReadOnlyDictionary<string, int> Parse(IEnumerable<string> given, IReadOnlyList<string> shared)
    {
        var counts = ServicePrograms.ServiceNames.ToDictionary(s => s, _ => 1);
        foreach (var text in given)
        {
            var parts = text.Split('=');
            if (!int.TryParse(parts[^1], CultureInfo.InvariantCulture, out var count) || count is < 1 or > MaxReplicas || parts.Length > 2
                || (parts.Length == 2 && !counts.ContainsKey(parts[0])))
                throw MeshException.Invalid("--replicas",
                    $"'{text}' is neither a number from 1 to {MaxReplicas} nor SERVICE=NUMBER; the services are "
                        + $"{string.Join(", ", ServicePrograms.ServiceNames)}");
            if (parts.Length == 2 && FindProblem(parts[0], count, shared) is { } problem)
                throw MeshException.Invalid("--replicas", problem);
            foreach (var service in parts.Length == 2
                ? [parts[0]] : ServicePrograms.ServiceNames.Where(s => FindProblem(s, count, shared) is null))
                counts[service] = count;
        }

        return counts;
    }

    /// <summary>Why a service can't have so many replicas, or null.</summary>
    public static string? FindProblem(string service, int count, IReadOnlyList<string> shared) => count switch
    {
        > MaxReplicas => $"{MaxReplicas} replicas of a service are the most on one machine",
        > 1 when ServicePrograms.StatefulServiceNames.Contains(service) && !shared.Contains(service) =>
            $"several {service}s need PostgreSQL and RabbitMQ between them: --with-servers, or a bus and a database of your own by --set",
        _ => null,
    };
}
