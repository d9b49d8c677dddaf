using Yarp.ReverseProxy.Forwarder;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Sends a call to another replica when the first one could not be connected to, since nothing of the call was sent. What fails later is
/// for the client to try again: only the client knows whether that is safe.
/// </summary>
internal static class ReplicaFailoverMiddleware
{
    public static async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        var proxy = context.GetReverseProxyFeature();
        var replicas = proxy.AvailableDestinations;
        await next();
        while (WasNotSent(context) && proxy.ProxiedDestination is { } lost && replicas.Count > 1)
        {
            replicas = [.. replicas.Where(r => r != lost)];
            proxy.AvailableDestinations = replicas;
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            await next();
        }
    }

    private static bool WasNotSent(HttpContext context) =>
        !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested
        && context.GetForwarderErrorFeature()?.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };
}
