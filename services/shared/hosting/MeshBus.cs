using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SynCxr.Mesh.Hosting;

/// <summary>
/// The one bus of a process. Services add their consumers; <see cref="MeshHost.BuildMesh"/> configures MassTransit once,
/// since it can be added to a container only once.
/// </summary>
public static class MeshBus
{
    private const string Key = "syncxr.bus";

    /// <summary>Adds a service's consumers with their definitions.</summary>
    public static void AddMeshBus(this IHostApplicationBuilder builder, Action<IBusRegistrationConfigurator> consumers)
    {
        if (!builder.Properties.TryGetValue(Key, out var value))
            builder.Properties[Key] = value = new List<Action<IBusRegistrationConfigurator>>();
        ((List<Action<IBusRegistrationConfigurator>>)value).Add(consumers);
    }

    internal static void Configure(IHostApplicationBuilder builder)
    {
        if (!builder.Properties.TryGetValue(Key, out var value))
            return;
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            foreach (var consumers in (List<Action<IBusRegistrationConfigurator>>)value)
                consumers(bus);
            bus.UsingInMemory((context, memory) => memory.ConfigureEndpoints(context));
        });
        builder.Services.Configure<MassTransitHostOptions>(o => o.WaitUntilStarted = true);
    }
}
