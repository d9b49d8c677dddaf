using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Replicas;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Answers UNAVAILABLE while no replica of a service is ready: a replica that hangs takes a call and never answers it.
/// </summary>
internal sealed class ReadyReplicaCheck(ReplicaSetRegistry replicas)
{
    public async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        var service = RouteTable.GetService(context.GetReverseProxyFeature().Route.Config.ClusterId!);
        if (await replicas.GetOrAdd(service).FindLastingProblemAsync(context.RequestAborted) is not { } problem)
        {
            await next();
            return;
        }

        var refusal = new MeshException(ErrorReasons.PeerUnreachable, problem, retryAfter: ReplicaSet.RetryAfter);
        await RefusalWriter.WriteAsync(context, refusal, ("peer", service), ("setting", $"Peers:{service}"));
    }
}
