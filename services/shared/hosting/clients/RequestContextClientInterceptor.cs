using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Identity;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>Adds tenant and request id to outgoing calls, and a deadline where the caller set none.</summary>
internal sealed class RequestContextClientInterceptor(IOptions<MeshOptions> options, TimeProvider clock, OwnCallToken? own = null)
    : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, WithHeadersAndDeadline(context));

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
        AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, WithHeadersAndDeadline(context));

    private ClientInterceptorContext<TRequest, TResponse> WithHeadersAndDeadline<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context)
        where TRequest : class
        where TResponse : class
    {
        var caller = RequestContext.Current;
        var headers = new Metadata();
        foreach (var entry in context.Options.Headers ?? [])
            headers.Add(entry);
        if (headers.GetValue(RequestContext.TenantHeader) is null)
            headers.Add(RequestContext.TenantHeader, caller.Tenant);
        if (caller.RequestId.Length > 0 && headers.GetValue(RequestContext.RequestIdHeader) is null)
            headers.Add(RequestContext.RequestIdHeader, caller.RequestId);
        if (own is not null && headers.GetValue("authorization") is null)
            headers.Add("authorization", "Bearer " + own.Value);
        var call = context.Options.WithHeaders(headers);
        if (call.Deadline is null)
            call = call.WithDeadline((clock.GetUtcNow() + options.Value.DefaultDeadline).UtcDateTime);
        return new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, call);
    }
}
