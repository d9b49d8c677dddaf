using Grpc.Core;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Answers UNAVAILABLE with PEER_UNREACHABLE, and no HTTP error page, when none of a service's replicas can be reached. A body that the
/// gateway rejects, such as one that is too large, is the client's error: it gets INVALID_ARGUMENT and is not told to come again.
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
            context.Response.StatusCode = StatusCodes.Status400BadRequest; // as the services themselves answer such a body
            await context.Response.WriteAsJsonAsync(
                new { code = (int)StatusCode.InvalidArgument, message = fault.Message, details = Array.Empty<object>() },
                context.RequestAborted);
            return;
        }

        var peer = context.GetReverseProxyFeature().Route.Config.ClusterId!;
        var refusal = new MeshException(ErrorReasons.PeerUnreachable,
            $"No replica of the service {peer} answers. The setting Peers:{peer} says where they are.",
            retryAfter: _retryAfter);
        await RefusalWriter.WriteAsync(context, refusal, ("peer", peer), ("setting", $"Peers:{peer}"));
    }

    private static BadHttpRequestException? FindClientError(Exception? error) => error switch
    {
        null => null,
        BadHttpRequestException fault => fault,
        AggregateException all => all.InnerExceptions.Select(FindClientError).FirstOrDefault(f => f is not null),
        _ => FindClientError(error.InnerException),
    };
}
