using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Grpc.Net.ClientFactory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Replicas;
using SynCxr.Mesh.Hosting.Tls;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>
/// The one client factory. Where a peer's replicas are is the setting <c>Peers:{name}</c>, by default its own port on loopback.
/// </summary>
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

    /// <summary>Every setting below <c>Peers</c> names a service, or the JSON side of one: <c>report-json</c>.</summary>
    /// <exception cref="OptionsValidationException">One does not; the message names it.</exception>
    public static void ValidatePeerNames(IConfiguration configuration)
    {
        foreach (var peer in configuration.GetSection("Peers").GetChildren())
        {
            if (!Ports.ContainsKey(peer.Key)
                && !(peer.Key.EndsWith("-json", StringComparison.Ordinal) && Ports.ContainsKey(peer.Key[..^5])))
                throw InvalidPeerName(
                    $"Unknown setting '{peer.Path}'. A peer is one of {string.Join(", ", Ports.Keys)}, or one of these with '-json' at "
                        + $"its end");
        }
    }

    private static OptionsValidationException InvalidPeerName(string problem) => new("Peers", typeof(Uri), [problem]);

    /// <summary>Registers what finds and watches the replicas of peers.</summary>
    public static void AddReplicaSets(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<ReplicaSetRegistry>();
    }

    /// <summary>Registers a typed client of a peer with deadline, one retry policy and the caller's identity.</summary>
    public static void AddMeshClient<TClient>(this IHostApplicationBuilder builder, string peer)
        where TClient : ClientBase
    {
        // a wrong address stops the process now instead of failing its first call
        var isSecure = PeerSetting.Read(builder.Configuration, peer).IsSecure;
        // Two services of one process may call the same peer: a second registration would add a second layer of retries.
        if (builder.Services.Any(s => s.ServiceType == typeof(TClient)))
            return;
        builder.AddReplicaSets();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<ResolverFactory, ReplicaResolverFactory>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<LoadBalancerFactory, LeastRequestsLoadBalancerFactory>());
        builder.Services.TryAddSingleton<MeshClientMetrics>();
        builder.Services.TryAddSingleton<RequestContextClientInterceptor>();
        var client = builder.Services
            .AddGrpcClient<TClient>(client => client.Address = new Uri($"{ReplicaResolverFactory.Scheme}:///{peer}"))
            .ConfigurePrimaryHttpMessageHandler(() => PeerConnection.CreateHandler())
            .ConfigureChannel(channel =>
            {
                channel.Credentials = isSecure ? ChannelCredentials.SecureSsl : ChannelCredentials.Insecure;
                channel.ServiceConfig = LeastRequestsLoadBalancerFactory.ServiceConfig;
                channel.InitialReconnectBackoff = TimeSpan.FromMilliseconds(200);
                channel.MaxReconnectBackoff = TimeSpan.FromSeconds(1);
                channel.MaxReceiveMessageSize = MeshHost.MaxMessageBytes;
                channel.MaxSendMessageSize = MeshHost.MaxMessageBytes;
            })
            .EnableCallContextPropagation(o => o.SuppressContextNotFoundErrors = true)
            .AddInterceptor<RequestContextClientInterceptor>(InterceptorScope.Channel)
            .AddInterceptor(InterceptorScope.Channel, services => ActivatorUtilities.CreateInstance<RetryInterceptor>(services, peer))
            .AddInterceptor(InterceptorScope.Channel,
                services => new PeerErrorInterceptor(peer,
                    () => services.GetRequiredService<ReplicaSetRegistry>().GetOrAdd(peer).Setting.Text, $"Peers:{peer}"));
        if (isSecure)
            client.ConfigurePrimaryHttpMessageHandler(services =>
            {
                var handler = PeerConnection.CreateHandler();
                services.GetRequiredService<MeshCertificateStore>().UseTls(handler, peer);
                return handler;
            });
    }
}
