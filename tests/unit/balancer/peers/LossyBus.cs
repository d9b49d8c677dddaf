using MassTransit;

namespace SynCxr.Mesh.Balancer.Tests.Peers;

/// <summary>Loses one message in three and hands one in three over twice.</summary>
internal sealed class LossyFilter<T>(LossyFilterCount count) : IFilter<ConsumeContext<T>>
    where T : class
{
    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        switch (count.Next() % 3)
        {
            case 0:
                return;
            case 1:
                await Task.WhenAll(next.Send(context), next.Send(context));
                return;
            default:
                await next.Send(context);
                return;
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("lossy");
}

internal sealed class LossyFilterCount
{
    private int _count;

    public int Count => _count;

    public int Next() => Interlocked.Increment(ref _count);

    public void Add(IBusRegistrationConfigurator bus)
    {
        Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(bus, this);
        bus.AddConfigureEndpointsCallback((context, _, endpoint) => endpoint.UseConsumeFilter(typeof(LossyFilter<>), context));
    }
}
