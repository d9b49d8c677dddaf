using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>
/// Starts the bus once the rows are there that its messages are about, and once the broker takes this process and its queues. The bus
/// itself would try for ever, in silence.
/// </summary>
internal sealed class BusStartService(IHostedService bus, IServiceProvider services) : IHostedService, IAsyncDisposable
{
    /// <summary>Puts this in the place of the hosted services that <paramref name="addBus"/> adds.</summary>
    public static void Wrap(IServiceCollection services, Action addBus)
    {
        var before = services.Where(IsHosted).ToHashSet();
        addBus();
        foreach (var added in services.Where(d => IsHosted(d) && !before.Contains(d)).ToList())
        {
            services.Remove(added);
            services.AddSingleton<IHostedService>(p =>
            {
                var bus = added.ImplementationFactory?.Invoke(p) ?? ActivatorUtilities.CreateInstance(p, added.ImplementationType!);
                return new BusStartService((IHostedService)bus, p);
            });
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(services.GetServices<IStartPrerequisite>().Select(p => p.PrepareAsync(cancellationToken)));
        services.GetRequiredService<IBusControl>(); // makes the endpoints, so that their queues are known
        await services.GetRequiredService<RabbitMqStartProbe>().WaitAsync(cancellationToken);
        await bus.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => bus.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (bus is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }

    private static bool IsHosted(ServiceDescriptor service) => service.ServiceType == typeof(IHostedService);
}
