using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>Finds out who calls, by the configured authentication mode, before any handler runs. Health checks need no identity.</summary>
internal sealed class RequestContextInterceptor(IOptions<MeshOptions> options) : Interceptor
{
    private readonly MeshOptions _options = options.Value;

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var caller = Enter(context);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var caller = Enter(context);
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

    private IDisposable Enter(ServerCallContext context)
    {
        var requested = context.RequestHeaders.GetValue(RequestContext.TenantHeader);
        if (requested is not null && !RequestContext.IsTenantName(requested))
            throw MeshException.Invalid(RequestContext.TenantHeader,
                "a tenant name has 1 to 63 characters of a-z, 0-9 and '-', and starts with a letter");
        var id = context.RequestHeaders.GetValue(RequestContext.RequestIdHeader) ?? Guid.NewGuid().ToString("N");
        if (!RequestContext.IsRequestId(id))
            throw MeshException.Invalid(RequestContext.RequestIdHeader,
                "a request id has 1 to 128 printable ASCII characters and no spaces");
        context.UserState[RequestContext.RequestIdHeader] = id;
        var isProbe = context.Method.StartsWith("/grpc.health.v1.Health/", StringComparison.Ordinal);
        return RequestContext.Enter(isProbe ? RequestContext.LocalTenant : AuthenticateTenant(requested, context), id);
    }

    private string AuthenticateTenant(string? requested, ServerCallContext context)
    {
        if (_options.Authentication == AuthenticationModeNames.None)
            return requested ?? RequestContext.LocalTenant;
        var header = context.RequestHeaders.GetValue("authorization") ?? "";
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            throw new MeshException(ErrorReasons.Unauthenticated,
                "The call has no 'authorization: Bearer <token>' header, and this process requires one.");
        var given = Encoding.UTF8.GetBytes(header["Bearer ".Length..].Trim());
        var tenant = _options.Tokens.FirstOrDefault(
            t => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(t.Key), given)).Value
            ?? throw new MeshException(ErrorReasons.Unauthenticated,
                "The token is not among those that this process accepts (Mesh:Tokens).");
        if (tenant == "*")
            return requested ?? RequestContext.LocalTenant;
        if (requested is not null && requested != tenant)
            throw new MeshException(ErrorReasons.Unauthenticated, $"The token may not act for the tenant '{requested}'.");
        return tenant;
    }
}
