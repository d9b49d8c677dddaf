using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http.Features;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// The one place where exceptions become gRPC statuses, each with one ErrorInfo and, where they apply, field violations and RetryInfo.
/// </summary>
internal sealed class ErrorInterceptor(RefusalLog log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception)
        {
            throw Translate(exception, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception)
        {
            throw Translate(exception, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception exception)
        {
            throw TranslateStream(exception, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception exception)
        {
            throw TranslateStream(exception, context);
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        var id = context.UserState.TryGetValue(RequestContext.RequestIdHeader, out var known) ? known as string ?? "unknown" : "unknown";
        switch (exception)
        {
            case MeshException refusal:
                return Refuse(refusal, context, id);
            case RpcException peer:
                return peer.GetRpcStatus() is { } status && RefusalStatusMapping.HasOneErrorInfo(status)
                    && !RefusalStatusMapping.IsTooLong(status) ? peer : Refuse(FailedCallMapping.FromPeer(peer), context, id);
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
                return ToRpcException(context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime
                    ? FailedCallMapping.DeadlinePassed() : FailedCallMapping.Cancelled());
            default:
                if (DiskFullMapping.IsDiskFull(exception))
                    return Refuse(DiskFullMapping.ToRefusal(), context, id);
                log.WriteFailure(exception, context.Method, id);
                TagReason(context, ErrorReasons.Internal);
                return ToRpcException(new MeshException(ErrorReasons.Internal,
                    $"An internal error. The server's log has the details under request id {id}."));
        }
    }

    /// <summary>
    /// Reading a stream of requests happens within the handler: what gRPC's reader throws is the caller's mistake, not the handler's.
    /// </summary>
    private RpcException TranslateStream(Exception exception, ServerCallContext context) => exception switch
    {
        RpcException { Status: var status, Trailers.Count: 0 } =>
            Translate(FailedCallMapping.FromStatus(status.StatusCode, status.Detail, status.DebugException), context),
        OperationCanceledException => Translate(exception, context),
        _ => Translate(FailedCallMapping.FromReading(exception) ?? exception, context),
    };

    private RpcException Refuse(MeshException refusal, ServerCallContext context, string id)
    {
        log.WriteRefusal(refusal, context.Method, id);
        TagReason(context, refusal.Reason);
        return ToRpcException(refusal);
    }

    /// <summary>Adds the reason to ASP.NET's histogram of request times: to HTTP, every gRPC call is a 200, refused or not.</summary>
    private static void TagReason(ServerCallContext context, ErrorReason reason) =>
        context.GetHttpContext().Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new("syncxr.reason", reason.Name));

    private static RpcException ToRpcException(MeshException refusal)
    {
        var rpc = RefusalStatusMapping.ToStatus(refusal).ToRpcException();
        if (refusal.RetryAfter is { } wait)
            rpc.Trailers.Add(RefusalStatusMapping.PushBackTrailer, RefusalStatusMapping.FormatPushBack(wait));
        return rpc;
    }
}
