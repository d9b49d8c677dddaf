using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Answers UNAVAILABLE with PEER_UNREACHABLE, and no HTTP error page, when none of a service's replicas can be reached. A body that the
/// gateway rejects, such as one that is too large, is the client's error: it gets that reason and is not told to come again.
/// </summary>
internal static class PeerFailureMiddleware
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(500);

    public static async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        await next();
        if (context.GetForwarderErrorFeature() is not { } failure || context.Response.HasStarted
            || context.RequestAborted.IsCancellationRequested)
            return;
        if (FindClientError(failure.Exception) is { } fault)
        {
            await RefusalWriter.WriteAsync(context, fault);
            return;
        }

        var peer = context.GetReverseProxyFeature().Route.Config.ClusterId!;
        var refusal = new MeshException(ErrorReasons.PeerUnreachable,
            $"No replica of the service {peer} answers. The setting Peers:{peer} says where they are.",
            retryAfter: _retryAfter);
        await RefusalWriter.WriteAsync(context, refusal, ("peer", peer), ("setting", $"Peers:{peer}"));
    }

    private static MeshException? FindClientError(Exception? error) => error switch
    {
        null => null,
        BadHttpRequestException fault => FailedCallMapping.FromReading(fault),
        AggregateException all => all.InnerExceptions.Select(FindClientError).FirstOrDefault(f => f is not null),
        _ => FindClientError(error.InnerException),
    };
}
