using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>Bounds what one tenant has in flight in this process, so that it shuts out nobody else. Watches are bounded apart.</summary>
internal sealed class TenantQuotaInterceptor(TenantCallQuota quota) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var call = quota.Enter(context);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var call = quota.Enter(context);
        await continuation(request, responseStream, context);
    }
}

/// <summary>Counts the calls that each tenant has in flight.</summary>
internal sealed class TenantCallQuota(IOptions<MeshOptions> options)
{
    private readonly Dictionary<(string Tenant, bool IsWatch), int> _inFlight = [];

    /// <summary>Counts the call until the result is disposed; null for health and reflection, which belong to no tenant.</summary>
    /// <exception cref="MeshException">QUOTA_EXHAUSTED.</exception>
    public IDisposable? Enter(ServerCallContext call)
    {
        if (call.Method.StartsWith("/grpc.", StringComparison.Ordinal))
            return null;
        var isWatch = call.Method.AsSpan(call.Method.LastIndexOf('/') + 1).StartsWith("Watch", StringComparison.Ordinal);
        return Enter(RequestContext.Current.Tenant, isWatch);
    }

    public IDisposable Enter(string tenant, bool isWatch)
    {
        var key = (tenant, isWatch);
        var limit = isWatch ? options.Value.WatchesPerTenant : options.Value.CallsPerTenant;
        lock (_inFlight)
        {
            var count = _inFlight.GetValueOrDefault(key);
            if (count >= limit)
            {
                throw new MeshException(ErrorReasons.QuotaExhausted, isWatch
                    ? $"The tenant has {count} watches open here, as many as it may (Mesh:WatchesPerTenant). End one first."
                    : $"The tenant has {count} calls in flight here, as many as it may (Mesh:CallsPerTenant). Wait for one to end.");
            }

            _inFlight[key] = count + 1;
        }

        return new CountedCall(this, key);
    }

    private void Leave((string Tenant, bool IsWatch) key)
    {
        lock (_inFlight)
        {
            if (--_inFlight[key] == 0)
                _inFlight.Remove(key);
        }
    }

    private sealed class CountedCall(TenantCallQuota quota, (string Tenant, bool IsWatch) key) : IDisposable
    {
        public void Dispose() => quota.Leave(key);
    }
}
