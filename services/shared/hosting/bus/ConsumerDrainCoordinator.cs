using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Hosting;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>
/// Stops consuming messages in the moment the process is told to stop. The bus itself stops only after the drain, and messages consumed
/// until then would have to be handed back. Publishing goes on until the end.
/// </summary>
internal sealed class ConsumerDrainCoordinator : IReceiveEndpointObserver, IHostedLifecycleService
{
    private readonly ConcurrentDictionary<Uri, IReceiveEndpoint> _endpoints = [];
    private Task _endpointsStopped = Task.CompletedTask;

    public Task Ready(ReceiveEndpointReady ready)
    {
        _endpoints[ready.InputAddress] = ready.ReceiveEndpoint;
        return Task.CompletedTask;
    }

    /// <summary>Begins to stop the consumers without waiting for them: they must not hold up the drain of calls.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _endpointsStopped = Task.WhenAll(_endpoints.Values.Select(e => e.Stop(cancellationToken)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _endpointsStopped;

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
