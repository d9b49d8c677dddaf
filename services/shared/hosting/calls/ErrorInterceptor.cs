using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// The one place where exceptions become gRPC statuses, each with one ErrorInfo and, where they apply, field violations and RetryInfo.
/// </summary>
internal sealed class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
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
            throw Translate(exception, context);
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
            throw Translate(exception, context);
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        var id = context.UserState.TryGetValue(RequestContext.RequestIdHeader, out var known) ? known as string ?? "unknown" : "unknown";
        switch (exception)
        {
            case MeshException refusal:
                Log.Refused(logger, context.Method, refusal.Reason.Name, refusal.Message, id);
                TagReason(context, refusal.Reason);
                return ToRpcException(refusal);
            case RpcException downstream:
                return downstream;
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
                return context.Deadline <= TimeProvider.System.GetUtcNow().UtcDateTime
                    ? ToRpcException(
                        new MeshException(ErrorReasons.DeadlineUnmeetable, "The deadline passed before the call was answered."))
                    : new RpcException(new Grpc.Core.Status(StatusCode.Cancelled, "The client cancelled the call."));
            default:
                Log.Failed(logger, exception, context.Method, id);
                TagReason(context, ErrorReasons.Internal);
                return ToRpcException(new MeshException(ErrorReasons.Internal,
                    $"An internal error. The server's log has the details under request id {id}."));
        }
    }

    /// <summary>Adds the reason to ASP.NET's histogram of request times: to HTTP, every gRPC call is a 200, refused or not.</summary>
    private static void TagReason(ServerCallContext context, ErrorReason reason) =>
        context.GetHttpContext().Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new("syncxr.reason", reason.Name));

    /// <summary>The status, details and trailers that a client gets.</summary>
    internal static RpcException ToRpcException(MeshException refusal)
    {
        var status = new Google.Rpc.Status { Code = (int)refusal.Reason.Status, Message = refusal.Message };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = ErrorReasons.Domain, Reason = refusal.Reason.Name }));
        if (refusal.Fields.Count > 0)
        {
            var fields = refusal.Fields.Select(f => new BadRequest.Types.FieldViolation { Field = f.Field, Description = f.Description });
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { fields } }));
        }

        if (refusal.RetryAfter is { } wait)
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = wait.ToDuration() }));
        var rpc = status.ToRpcException();
        if (refusal.RetryAfter is { } pushBack)
            rpc.Trailers.Add("grpc-retry-pushback-ms",
                ((long)Math.Ceiling(pushBack.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture));
        return rpc;
    }
}
