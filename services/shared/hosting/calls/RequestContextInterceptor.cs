using Grpc.Core;
using Grpc.Core.Interceptors;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Identity;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Lets the tenant of the caller, whom <see cref="CallerMiddleware"/> knows, and the request id flow with the call.
/// </summary>
internal sealed class RequestContextInterceptor : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var caller = Enter(context);
        RequestTextValidator.ThrowIfNul(request);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var caller = Enter(context);
        RequestTextValidator.ThrowIfNul(request);
        await continuation(request, responseStream, context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var caller = Enter(context);
        return await continuation(requestStream, context);
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var caller = Enter(context);
        await continuation(requestStream, responseStream, context);
    }

    private static IDisposable Enter(ServerCallContext context)
    {
        var id = context.RequestHeaders.GetValue(RequestContext.RequestIdHeader) ?? Guid.NewGuid().ToString("N");
        if (!RequestContext.IsRequestId(id))
            throw MeshException.Invalid(RequestContext.RequestIdHeader,
                "a request id has 1 to 128 printable ASCII characters and no spaces");
        context.UserState[RequestContext.RequestIdHeader] = id;
        var caller = context.GetHttpContext().Features.Get<CallerFeature>()
            ?? throw new InvalidOperationException("Nobody settled who calls: MapMeshDefaults comes before the service's own map.");
        return RequestContext.Enter(caller.Tenant, id);
    }
}
