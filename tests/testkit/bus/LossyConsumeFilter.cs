using MassTransit;

namespace SynCxr.Mesh.Testkit.Bus;

/// <summary>Loses some messages and hands some over twice.</summary>
public sealed class LossyConsumeFilter<T>(LossyDelivery count) : IFilter<ConsumeContext<T>>
    where T : class
{
    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        var number = count.NextNumber();
        if (count.IsLost(number))
            return;
        await (count.IsDoubled(number) ? Task.WhenAll(next.Send(context), next.Send(context)) : next.Send(context));
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("lossy");
}

/// <summary>Which messages, by their number; if nothing else is said one in three is lost and one in three comes twice.</summary>
public sealed class LossyDelivery
{
    private int _count;

    public Func<int, bool> IsLost { get; init; } = number => number % 3 == 0;

    public Func<int, bool> IsDoubled { get; init; } = number => number % 3 == 1;

    public int Count => _count;

    public int NextNumber() => Interlocked.Increment(ref _count);

    public void AddTo(IBusRegistrationConfigurator bus)
    {
        Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(bus, this);
        bus.AddConfigureEndpointsCallback((context, _, endpoint) => endpoint.UseConsumeFilter(typeof(LossyConsumeFilter<>), context));
    }
}
