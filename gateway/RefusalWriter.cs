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
/// Writes a refusal of the gateway itself: trailers-only for gRPC and gRPC-Web, a 503 with the same status as JSON otherwise.
/// </summary>
internal static class RefusalWriter
{
    private static readonly JsonFormatter _jsonFormatter =
        new(JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor)));

    /// <param name="metadata">Metadata of the ErrorInfo.</param>
    public static Task WriteAsync(HttpContext context, MeshException refusal, params IEnumerable<(string Key, string Value)> metadata)
    {
        var info = new ErrorInfo { Domain = ErrorReasons.Domain, Reason = refusal.Reason.Name };
        foreach (var (key, value) in metadata)
            info.Metadata[key] = value;
        var wait = refusal.RetryAfter
            ?? throw new ArgumentException("The gateway refuses calls only for a time: the refusal must say for how long.",
            nameof(refusal));
        var status = new RpcStatus
        {
            Code = (int)refusal.Reason.Status,
            Message = refusal.Message,
            Details = { Any.Pack(info), Any.Pack(new RetryInfo { RetryDelay = wait.ToDuration() }) },
        };
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
            return WriteJsonAsync(context.Response, status, wait, context.RequestAborted);
        WriteGrpc(context.Response, status, wait);
        return Task.CompletedTask;
    }

    private static void WriteGrpc(HttpResponse response, RpcStatus status, TimeSpan wait)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = status.Code.ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = status.Message;
        response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray());
        response.Headers["grpc-retry-pushback-ms"] = Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
    }

    private static Task WriteJsonAsync(HttpResponse response, RpcStatus status, TimeSpan wait, CancellationToken cancellation)
    {
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/json";
        response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return response.WriteAsync(_jsonFormatter.Format(status), cancellation);
    }
}
