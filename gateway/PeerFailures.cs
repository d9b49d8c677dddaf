using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Gateway;

/// <summary>A service none of whose replicas can be reached is UNAVAILABLE with a registered reason to every client, not an HTTP error page.</summary>
internal static class PeerFailures
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(500);

    public static async Task Answer(HttpContext context, Func<Task> next)
    {
        await next();
        if (context.GetForwarderErrorFeature() is null || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return;
        var peer = context.GetReverseProxyFeature().Route.Config.ClusterId!;
        var refusal = new MeshException(Reasons.PeerUnreachable, $"the service {peer} does not answer (Peers:{peer})", retryAfter: _retryAfter);
        await Refusals.AnswerAsync(context, refusal, ("peer", peer), ("setting", $"Peers:{peer}"));
    }
}
