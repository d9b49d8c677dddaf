using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>Says who calls, by the configured authentication mode, before any handler runs. Health probes are nobody.</summary>
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
        var asked = context.RequestHeaders.GetValue(RequestContext.TenantHeader);
        if (asked is not null && !RequestContext.IsTenantName(asked))
            throw MeshException.Invalid(RequestContext.TenantHeader, "a tenant is 1 to 63 of a-z, 0-9 and '-', starting with a letter");
        var id = context.RequestHeaders.GetValue(RequestContext.RequestIdHeader) ?? Guid.NewGuid().ToString("N");
        if (!RequestContext.IsRequestId(id))
            throw MeshException.Invalid(RequestContext.RequestIdHeader, "1 to 128 printable ASCII characters without blanks");
        context.UserState[RequestContext.RequestIdHeader] = id;
        var isProbe = context.Method.StartsWith("/grpc.health.v1.Health/", StringComparison.Ordinal);
        return RequestContext.Enter(isProbe ? RequestContext.LocalTenant : AuthenticateTenant(asked, context), id);
    }

    private string AuthenticateTenant(string? asked, ServerCallContext context)
    {
        if (_options.Authentication == AuthenticationModeNames.None)
            return asked ?? RequestContext.LocalTenant;
        var header = context.RequestHeaders.GetValue("authorization") ?? "";
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            throw new MeshException(ErrorReasons.Unauthenticated, "an 'authorization: Bearer …' header is needed");
        var given = Encoding.UTF8.GetBytes(header["Bearer ".Length..].Trim());
        var tenant = _options.Tokens.FirstOrDefault(
            t => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(t.Key), given)).Value
            ?? throw new MeshException(ErrorReasons.Unauthenticated, "the token is not known");
        if (tenant == "*")
            return asked ?? RequestContext.LocalTenant;
        if (asked is not null && asked != tenant)
            throw new MeshException(ErrorReasons.Unauthenticated, $"the token does not act for the tenant '{asked}'");
        return tenant;
    }
}
