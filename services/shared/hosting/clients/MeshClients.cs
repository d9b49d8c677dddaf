using Grpc.Core;
using Grpc.Net.ClientFactory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

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

    /// <summary>Where a peer is: the setting <c>Peers:{peer}</c>, else <paramref name="fallback"/>, else its own port on loopback.</summary>
    /// <exception cref="OptionsValidationException">The setting is no address; the message names it.</exception>
    public static Uri Address(IConfiguration configuration, string peer, Uri? fallback = null)
    {
        if (fallback is null && !Ports.ContainsKey(peer))
            throw new ArgumentException($"'{peer}' is no service of the mesh", nameof(peer));
        var setting = $"Peers:{peer}";
        if (configuration[setting] is not { } text)
            return fallback ?? new UriBuilder("http", "127.0.0.1", Ports[peer]).Uri;
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.PathAndQuery == "/"
            ? address
            : throw Wrong($"{setting} is '{text}'; it must be an address of the form http://host:port");
    }

    /// <summary>Every setting below <c>Peers</c> names a service, or the JSON side of one: <c>report-json</c>.</summary>
    /// <exception cref="OptionsValidationException">One does not; the message names it.</exception>
    public static void CheckNames(IConfiguration configuration)
    {
        foreach (var peer in configuration.GetSection("Peers").GetChildren())
        {
            if (!Ports.ContainsKey(peer.Key) && !(peer.Key.EndsWith("-json", StringComparison.Ordinal) && Ports.ContainsKey(peer.Key[..^5])))
                throw Wrong($"{peer.Path} names no service; the services are {string.Join(", ", Ports.Keys)}");
        }
    }

    private static OptionsValidationException Wrong(string problem) => new("Peers", typeof(Uri), [problem]);

    /// <summary>Registers a typed client of a peer with deadline, one retry policy and the caller's identity.</summary>
    public static void AddMeshClient<TClient>(this IHostApplicationBuilder builder, string peer)
        where TClient : ClientBase
    {
        _ = Address(builder.Configuration, peer); // a bad address stops the process here, not the first call
        // Two services of one process may want the same peer: a second registration would retry the retries.
        if (builder.Services.Any(s => s.ServiceType == typeof(TClient)))
            return;
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<CallerClientInterceptor>();
        builder.Services.TryAddSingleton<RetryInterceptor>();
        builder.Services
            .AddGrpcClient<TClient>((services, client) => client.Address = Address(services.GetRequiredService<IConfiguration>(), peer))
            .ConfigureChannel(channel =>
            {
                channel.MaxReceiveMessageSize = 32 * 1024 * 1024;
                channel.MaxSendMessageSize = 32 * 1024 * 1024;
            })
            .EnableCallContextPropagation(o => o.SuppressContextNotFoundErrors = true)
            .AddInterceptor<CallerClientInterceptor>(InterceptorScope.Channel)
            .AddInterceptor<RetryInterceptor>(InterceptorScope.Channel)
            .AddInterceptor(InterceptorScope.Channel, services => new PeerInterceptor(peer, Address(services.GetRequiredService<IConfiguration>(), peer), $"Peers:{peer}"));
    }
}
