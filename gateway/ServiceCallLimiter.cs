using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Bounds the calls in flight to each service, gRPC and JSON together. A call over the limit is refused here, in its own framing, before
/// any of it is passed on. Calls wait in the services' queues; this limit bounds what the gateway holds. Where callers prove who they are,
/// tenants share it: watches stay open for hours, and those of one tenant could hold every place.
/// </summary>
internal sealed class ServiceCallLimiter(IOptions<GatewayOptions> options, IOptions<MeshOptions> mesh, ConcurrencyLimiterMetrics metrics,
    TenantWeights weights, TimeProvider clock)
{
    private readonly bool _isShared = mesh.Value.Authentication != AuthenticationModeNames.None;
    private readonly ConcurrentDictionary<string, RequestConcurrencyLimiter> _limiters = new(StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        var service = RouteTable.GetService(context.GetReverseProxyFeature().Route.Config.ClusterId!);
        IDisposable place;
        try
        {
            var limiter = _limiters.GetOrAdd(service,
                s => new RequestConcurrencyLimiter($"gateway to {s}", options.Value.CallsPerService, 0, metrics, clock, weights));
            place = _isShared ? limiter.EnterShare(RequestContext.GetTenant(context)) : limiter.Enter();
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
