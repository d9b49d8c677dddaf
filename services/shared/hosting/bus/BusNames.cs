using System.Collections.Frozen;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>The buses by name.</summary>
public static class BusNames
{
    /// <summary>Within the process: nothing to install, and a message ends with its process.</summary>
    public const string Memory = "memory";

    /// <summary>A RabbitMQ broker with quorum queues: any number of processes.</summary>
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
