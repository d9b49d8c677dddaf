using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Bus;

namespace SynCxr.Mesh.Hosting;

/// <summary>
/// The one bus of a process. Services add their consumers; <see cref="MeshHost.BuildMesh"/> configures MassTransit once,
/// since it can be added to a container only once.
/// </summary>
public static class MeshBus
{
    private const string ConsumersKey = "syncxr.bus";

    /// <summary>Adds a service's consumers with their definitions.</summary>
    public static void AddMeshBus(this IHostApplicationBuilder builder, Action<IBusRegistrationConfigurator> consumers)
    {
        if (!builder.Properties.TryGetValue(ConsumersKey, out var value))
            builder.Properties[ConsumersKey] = value = new List<Action<IBusRegistrationConfigurator>>();
        ((List<Action<IBusRegistrationConfigurator>>)value).Add(consumers);
    }

    internal static void ConfigureMassTransit(IHostApplicationBuilder builder)
    {
        if (!builder.Properties.TryGetValue(ConsumersKey, out var value))
            return;
        builder.Services.AddOptions<RabbitMqOptions>().BindConfiguration(RabbitMqOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RabbitMqOptions>, RabbitMqOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<RabbitMqOptions>, RabbitMqOptionsRules>();
        builder.Services.AddSingleton<MeshPublisher>();
        builder.Services.AddSingleton<ConsumerDrainCoordinator>();
        builder.Services.AddHostedService(p => p.GetRequiredService<ConsumerDrainCoordinator>());
        var kind = builder.Configuration[$"{MeshOptions.Section}:{nameof(MeshOptions.Bus)}"] ?? BusNames.Memory;
        if (!BusNames.All.Contains(kind))
            return; // MeshOptionsRules reports the unknown name
        builder.Services.AddSingleton<RabbitMqStartProbe>();
        BusStartService.Wrap(builder.Services, () => builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            // a process whose broker is away can still serve: the rows are the truth
            bus.ConfigureHealthCheckOptions(health => health.MinimalFailureStatus = HealthStatus.Degraded);
            bus.AddConfigureEndpointsCallback(ConfigureEndpoint);
            bus.AddReceiveEndpointObserver(p => p.GetRequiredService<ConsumerDrainCoordinator>());
            foreach (var consumers in (List<Action<IBusRegistrationConfigurator>>)value)
                consumers(bus);
            BusNames.Configure(bus, kind);
        }));
        // The queues of every consumer are declared before the process publishes anything: a message without a queue is gone.
        builder.Services.Configure<MassTransitHostOptions>(o => o.WaitUntilStarted = true);
    }

    /// <summary>
    /// Makes queues that survive the loss of a broker node. A message whose consumer throws is logged and dropped: its row becomes overdue
    /// and is published again, while an error queue would only grow.
    /// </summary>
    private static void ConfigureEndpoint(IRegistrationContext context, string name, IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator queue)
        {
            queue.SetQuorumQueue();
            context.GetRequiredService<RabbitMqStartProbe>().AddQueue(name);
        }

        endpoint.PublishFaults = false;
        endpoint.DiscardFaultedMessages();
        endpoint.DiscardSkippedMessages();
    }
}
