using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Calls under way to each service, gRPC and JSON together: one that is over the limit is refused here, in its own framing, before anything of
/// it is passed on. The queues are the services'; this one bounds what the gateway holds.
/// </summary>
internal sealed class CallLimits(IOptions<GatewayOptions> options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Admission> _limiters = new(StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        var service = Routes.GetService(context.GetReverseProxyFeature().Route.Config.ClusterId!);
        IDisposable place;
        try
        {
            place = _limiters.GetOrAdd(service, s => new Admission($"gateway to {s}", options.Value.CallsPerService, 0, clock)).Enter();
        }
        catch (MeshException full)
        {
            await Refusals.WriteAsync(context, full);
            return;
        }

        using (place)
            await next();
    }
}
