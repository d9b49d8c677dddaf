using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Closes a gRPC connection gracefully at its first call after a certain age: the client is told (GOAWAY) to open another connection, calls
/// in flight end on the old one. So clients behind a load balancer that balances connections, not calls, find replicas that were added. The
/// client is told within a call, because Kestrel closes a connection without calls at once and would lose a call that is on its way.
/// </summary>
internal static class ConnectionAgeMiddleware
{
    private static readonly object _openedKey = new();

    /// <summary>Connection middleware: remembers when the connection was opened.</summary>
    public static Func<ConnectionDelegate, ConnectionDelegate> RecordOpeningTime(TimeProvider clock) => next => connection =>
    {
        connection.Items[_openedKey] = clock.GetTimestamp();
        return next(connection);
    };

    /// <summary>
    /// Asks connections older than <see cref="MeshOptions.MaxConnectionAge"/> to close. The age varies by a twentieth either way, so that
    /// connections that were opened together don't all close together.
    /// </summary>
    public static void UseConnectionAge(this WebApplication app)
    {
        var (age, clock) = (app.Services.GetRequiredService<IOptions<MeshOptions>>().Value.MaxConnectionAge,
            app.Services.GetRequiredService<TimeProvider>());
        app.Use((http, next) =>
        {
            if (http.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(_openedKey, out var opened) == true)
            {
                var tenth = (http.Connection.Id.GetHashCode(StringComparison.Ordinal) & 0xFFFF) / (double)0xFFFF;
                if (clock.GetElapsedTime((long)opened!) > age * (0.95 + (0.1 * tenth)))
                    http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            }

            return next(http);
        });
    }
}
