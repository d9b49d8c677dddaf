using Microsoft.AspNetCore.Http.Features;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Ends an answer that broke off, its replica being killed, hung or wrong, as UNAVAILABLE with PEER_UNREACHABLE. The proxy would reset the
/// stream, which clients show as CANCELLED or as an internal error, or over HTTP/1.1 end it as if it were whole.
/// </summary>
internal static class BrokenAnswerMiddleware
{
    private const string GrpcStatus = "grpc-status";
    private static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(500);

    public static async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        var resets = context.Features.Get<IHttpResetFeature>();
        var isStream = ServerStreamTable.Contains(context.Request);
        var body = isStream && !RefusalWriter.IsGrpc(context.Request) ? context.Response.Body : null; // lines of JSON over HTTP/1.1
        var written = body is null ? null : new LastByteStream(body);
        if (written is not null)
            context.Response.Body = written;
        var reset = new WithheldReset();
        context.Features.Set<IHttpResetFeature>(reset);
        try
        {
            await next();
        }
        finally
        {
            context.Features.Set(resets);
            if (body is not null)
                context.Response.Body = body;
        }

        if (!reset.WasAsked || context.RequestAborted.IsCancellationRequested)
            return; // whole; or refused before it began; or nobody is there; or its time was up
        if (written is { Last: not (null or (byte)'\n') })
            await context.Response.WriteAsync("\n", context.RequestAborted);
        await RefusalWriter.EndAsync(context, Refuse(context), isStream);
    }

    /// <summary>An answer of gRPC that ends without a status was cut, however clean its end looks.</summary>
    public static void AddMissingStatus(TransformBuilderContext builder) => builder.AddResponseTrailersTransform(answer =>
    {
        var response = answer.HttpContext.Response;
        if (RefusalWriter.IsGrpc(answer.HttpContext.Request) && answer.ProxyResponse is { IsSuccessStatusCode: true } from
            && !from.Headers.Contains(GrpcStatus) && !from.TrailingHeaders.Contains(GrpcStatus))
        {
            return new ValueTask(RefusalWriter.EndAsync(answer.HttpContext, Refuse(answer.HttpContext), isStream: true));
        }

        return ValueTask.CompletedTask;
    });

    private static MeshException Refuse(HttpContext context)
    {
        var service = RouteTable.GetService(context.GetReverseProxyFeature().Route.Config.ClusterId!);
        return new MeshException(ErrorReasons.PeerUnreachable,
            $"The replica of the service {service} broke off its answer. What came before may be incomplete.", retryAfter: _retryAfter);
    }

    /// <summary>Takes the proxy's reset of the stream, so that a status can be sent in its place.</summary>
    private sealed class WithheldReset : IHttpResetFeature
    {
        /// <summary>True when the answer had begun and can't go on.</summary>
        public bool WasAsked { get; private set; }

        public void Reset(int errorCode) => WasAsked = true;
    }
}
