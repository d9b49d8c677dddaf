using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>
/// Shuts down gracefully. On SIGTERM <c>ready</c> turns NOT_SERVING, so that clients that watch it choose other replicas. New calls are
/// taken for <see cref="MeshOptions.DrainDelay"/> more, since some are on their way, then refused with DRAINING. Calls in flight have
/// <see cref="MeshOptions.DrainLimit"/> to end; then the process exits.
/// </summary>
internal sealed class DrainCoordinator(IHostApplicationLifetime lifetime, StartCheck start, IOptions<MeshOptions> options,
    ILogger<DrainCoordinator> logger, ConcurrencyLimiterMetrics metrics, TimeProvider clock)
    : IHealthCheck, IHostedLifecycleService
{
    private readonly RequestConcurrencyLimiter _callLimiter = new("call", options.Value.MaxCalls, 0, metrics, clock);
    private volatile bool _isStopping;
    private volatile bool _isClosed;

    public bool IsDraining => _isStopping || lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Counts a call as in flight until the result is disposed, or refuses it.</summary>
    /// <exception cref="MeshException">DRAINING; PEER_UNREACHABLE while the process starts; QUEUE_FULL at
    /// <see cref="MeshOptions.MaxCalls"/>, which protects memory: services have smaller queues of their own.</exception>
    public IDisposable EnterCall()
    {
        if (_isClosed)
            throw new MeshException(ErrorReasons.Draining, "This replica is shutting down; another replica can take the call.",
                retryAfter: TimeSpan.FromMilliseconds(100));
        start.ThrowIfStarting();
        return _callLimiter.Enter();
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsDraining ? HealthCheckResult.Unhealthy("draining") : HealthCheckResult.Healthy());

    /// <summary>Runs before Kestrel stops taking calls.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        lifetime.StopApplication(); // ends the health watches, whoever began the stop
        await Task.Delay(options.Value.DrainDelay, clock, CancellationToken.None);
        _isClosed = true;
        var limit = options.Value.DrainLimit;
        Log.Draining(logger, _callLimiter.Running, limit);
        var start = clock.GetTimestamp();
        while (_callLimiter.Running > 0 && clock.GetElapsedTime(start) < limit)
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, CancellationToken.None);
        if (_callLimiter.Running is > 0 and var left)
            Log.DrainCut(logger, left);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Counts calls in flight and refuses new ones while the process drains. Health and reflection stay available.</summary>
internal sealed class DrainInterceptor(DrainCoordinator drain) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using var call = IsInfrastructure(context) ? null : drain.EnterCall();
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var call = IsInfrastructure(context) ? null : drain.EnterCall();
        await continuation(request, responseStream, context);
    }

    private static bool IsInfrastructure(ServerCallContext context) => context.Method.StartsWith("/grpc.", StringComparison.Ordinal);
}
