using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using SynCxr.Mesh.Errors;
using HttpResponse = Microsoft.AspNetCore.Http.HttpResponse;
using RpcStatus = Google.Rpc.Status;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// A peer that can't be reached is UNAVAILABLE with a registered reason to every client, not an HTTP error page: trailers-only for gRPC and
/// gRPC-Web, a 503 with the same status in JSON for the others.
/// </summary>
internal static class PeerFailures
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(500);
    private static readonly JsonFormatter _json =
        new(JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor)));

    public static async Task Answer(HttpContext context, Func<Task> next)
    {
        await next();
        if (context.GetForwarderErrorFeature() is null || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return;
        var status = StatusOf(context.GetReverseProxyFeature().Route.Config.ClusterId!);
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
            AnswerGrpc(context.Response, status);
        else
            await AnswerJsonAsync(context.Response, status, context.RequestAborted);
    }

    private static RpcStatus StatusOf(string peer) => new()
    {
        Code = (int)Reasons.PeerUnreachable.Status,
        Message = $"the service {peer} does not answer (Peers:{peer})",
        Details =
        {
            Any.Pack(new ErrorInfo { Domain = Reasons.Domain, Reason = Reasons.PeerUnreachable.Name, Metadata = { ["peer"] = peer, ["setting"] = $"Peers:{peer}" } }),
            Any.Pack(new RetryInfo { RetryDelay = _retryAfter.ToDuration() }),
        },
    };

    private static void AnswerGrpc(HttpResponse response, RpcStatus status)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = status.Code.ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = status.Message;
        response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray());
        response.Headers["grpc-retry-pushback-ms"] = _retryAfter.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
    }

    private static Task AnswerJsonAsync(HttpResponse response, RpcStatus status, CancellationToken cancellation)
    {
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/json";
        response.Headers.RetryAfter = Math.Ceiling(_retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return response.WriteAsync(_json.Format(status), cancellation);
    }
}
