using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace SynCxr.Mesh.Hosting;

/// <summary>
/// Closes a connection gracefully after an age: the client is told to open another one (GOAWAY), calls under way end on the old one. Clients
/// behind a load balancer that sees connections only, not calls, thus find replicas that were added.
/// </summary>
internal static class ConnectionAge
{
    /// <summary>Connection middleware; the age varies by a tenth, so that clients that came together do not go together.</summary>
    public static Func<ConnectionDelegate, ConnectionDelegate> Limit(TimeSpan age, TimeProvider clock) => next => async connection =>
    {
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>() ?? throw new InvalidOperationException("Kestrel's connections can be told to close");
        var tenth = (connection.ConnectionId.GetHashCode(StringComparison.Ordinal) & 0xFFFF) / (double)0xFFFF;
        await using var timer = clock.CreateTimer(_ => lifetime.RequestClose(), null, age * (0.95 + (0.1 * tenth)), Timeout.InfiniteTimeSpan);
        await next(connection);
    };
}
