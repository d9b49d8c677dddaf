using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>
/// Not ready until every part has started. Kestrel starts beside parts that wait for their servers, so that <c>live</c> is answered; calls
/// of the service are refused until then. Watchers are told of the start at once, and not at the next round of the checks.
/// </summary>
internal sealed class StartCheck(HealthCheckService health, IEnumerable<IHealthCheckPublisher> publishers)
    : IHealthCheck, IHostedLifecycleService
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);
    private volatile bool _hasStarted;

    /// <exception cref="MeshException">PEER_UNREACHABLE until every part has started.</exception>
    public void ThrowIfStarting()
    {
        if (!_hasStarted)
            throw new MeshException(ErrorReasons.PeerUnreachable,
                "This replica is starting: it waits for its servers, as its log says. Another replica can take the call.",
                retryAfter: _retryAfter);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_hasStarted ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("starting"));

    /// <summary>Runs when every part has started.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        _hasStarted = true;
        var report = await health.CheckHealthAsync(cancellationToken);
        foreach (var publisher in publishers)
            await publisher.PublishAsync(report, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
