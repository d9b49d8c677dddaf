using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Calls under way to each service, gRPC and JSON together: one that is over the limit is refused here, in its own framing, before anything
/// of it is passed on. The queues are the services'; this one bounds what the gateway holds.
/// </summary>
internal sealed class ServiceCallLimiter(IOptions<GatewayOptions> options, ConcurrencyLimiterMetrics metrics, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, RequestConcurrencyLimiter> _limiters = new(StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        var service = RouteTable.GetService(context.GetReverseProxyFeature().Route.Config.ClusterId!);
        IDisposable place;
        try
        {
            place = _limiters.GetOrAdd(service,
                s => new RequestConcurrencyLimiter($"gateway to {s}", options.Value.CallsPerService, 0, metrics, clock)).Enter();
        }
        catch (MeshException full)
        {
            await RefusalWriter.WriteAsync(context, full);
            return;
        }

        using (place)
            await next();
    }
}
