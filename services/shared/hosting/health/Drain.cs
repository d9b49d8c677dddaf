using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting;

/// <summary>
/// Graceful drain. On SIGTERM <c>ready</c> turns NOT_SERVING, new calls are refused with DRAINING so that clients go
/// elsewhere, calls in flight end within the limit, then the process exits.
/// </summary>
internal sealed class Drain(IHostApplicationLifetime lifetime, IOptions<MeshOptions> options, ILogger<Drain> logger, TimeProvider clock)
    : IHealthCheck, IHostedLifecycleService
{
    private int _calls;
    private volatile bool _stopping;

    public bool IsDraining => _stopping || lifetime.ApplicationStopping.IsCancellationRequested;

    public IDisposable Enter()
    {
        if (IsDraining)
            throw new MeshException(Reasons.Draining, "the replica is shutting down", retryAfter: TimeSpan.FromMilliseconds(100));
        Interlocked.Increment(ref _calls);
        return new Exit(this);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsDraining ? HealthCheckResult.Unhealthy("draining") : HealthCheckResult.Healthy());

    /// <summary>Runs before Kestrel stops taking calls.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        var limit = options.Value.DrainLimit;
        Log.Draining(logger, Volatile.Read(ref _calls), limit);
        var start = clock.GetTimestamp();
        while (Volatile.Read(ref _calls) > 0 && clock.GetElapsedTime(start) < limit)
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, CancellationToken.None);
        if (Volatile.Read(ref _calls) is > 0 and var left)
            Log.DrainCut(logger, left);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed class Exit(Drain drain) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref drain._calls);
    }
}

/// <summary>Counts calls in flight and refuses new ones while draining. Health and reflection stay open.</summary>
internal sealed class DrainInterceptor(Drain drain) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var call = IsInfrastructure(context) ? null : drain.Enter();
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var call = IsInfrastructure(context) ? null : drain.Enter();
        await continuation(request, responseStream, context);
    }

    private static bool IsInfrastructure(ServerCallContext context) => context.Method.StartsWith("/grpc.", StringComparison.Ordinal);
}
