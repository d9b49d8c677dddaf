using Grpc.Core;
using Grpc.Net.ClientFactory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace SynCxr.Mesh.Hosting;

/// <summary>The one client factory. A peer's address is the setting <c>Peers:{name}</c>, by default its own port on loopback.</summary>
public static class MeshClients
{
    /// <summary>The port that each service takes when none is configured.</summary>
    public static IReadOnlyDictionary<string, int> Ports { get; } = new Dictionary<string, int>
    {
        ["gateway"] = 5100,
        ["report"] = 5101,
        ["diffusion"] = 5102,
        ["curation"] = 5103,
        ["balancer"] = 5104,
        ["trainer"] = 5105,
        ["evaluator"] = 5106,
    };

    /// <summary>Registers a typed client of a peer with deadline, one retry policy and the caller's identity.</summary>
    public static void AddMeshClient<TClient>(this IHostApplicationBuilder builder, string peer)
        where TClient : ClientBase
    {
        if (!Ports.TryGetValue(peer, out var port))
            throw new ArgumentException($"'{peer}' is no service of the mesh", nameof(peer));
        // Two services of one process may want the same peer: a second registration would retry the retries.
        if (builder.Services.Any(s => s.ServiceType == typeof(TClient)))
            return;
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<CallerClientInterceptor>();
        builder.Services.TryAddSingleton<RetryInterceptor>();
        builder.Services
            .AddGrpcClient<TClient>((services, client) =>
                client.Address = new Uri(services.GetRequiredService<IConfiguration>()[$"Peers:{peer}"] ?? $"http://127.0.0.1:{port}"))
            .ConfigureChannel(channel =>
            {
                channel.MaxReceiveMessageSize = 32 * 1024 * 1024;
                channel.MaxSendMessageSize = 32 * 1024 * 1024;
            })
            .EnableCallContextPropagation(o => o.SuppressContextNotFoundErrors = true)
            .AddInterceptor<CallerClientInterceptor>(InterceptorScope.Channel)
            .AddInterceptor<RetryInterceptor>(InterceptorScope.Channel);
    }
}
