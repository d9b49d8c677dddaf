using System.Collections.Frozen;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>The message buses, by the name that the setting <c>Mesh:Bus</c> gives.</summary>
public static class BusNames
{
    /// <summary>
    /// Messages within one process. Choose it for a single process: nothing to install; messages are lost when the process ends.
    /// </summary>
    public const string Memory = "memory";

    /// <summary>A RabbitMQ broker with quorum queues. Choose it for several processes.</summary>
    public const string RabbitMq = "rabbitmq";

    private static readonly FrozenDictionary<string, Action<IBusRegistrationConfigurator>> _configureByName =
        new Dictionary<string, Action<IBusRegistrationConfigurator>>
        {
            [Memory] = bus => bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context)),
            [RabbitMq] = bus => bus.UsingRabbitMq(ConfigureRabbitMq),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => _configureByName.Keys;

    internal static void Configure(IBusRegistrationConfigurator bus, string name) => _configureByName[name](bus);

    private static void ConfigureRabbitMq(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        var options = context.GetRequiredService<IOptions<RabbitMqOptions>>().Value;
        rabbit.Host(options.Host, (ushort)options.Port, options.VirtualHost, host =>
        {
            host.Username(options.User);
            host.Password(options.Password);
            host.Heartbeat(options.Heartbeat);
            if (options.Tls)
                host.UseSsl(tls => tls.ServerName = options.Host);
        });
        rabbit.ConfigureEndpoints(context);
    }
}
