using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>Tells a channel to <c>mesh:///{peer}</c> which replicas to use, as its <see cref="ReplicaSet"/> changes.</summary>
internal sealed class ReplicaResolver(string peer, ReplicaSet replicas, ILogger<ReplicaResolver> logger) : Resolver
{
    private readonly CancellationTokenSource _stop = new();

    public override void Start(Action<ResolverResult> listener)
    {
        // without the async context of whoever calls first
        ThreadPool.UnsafeQueueUserWorkItem(_ => _ = ResolveAsync(listener), null);
    }

    protected override void Dispose(bool disposing)
    {
        _stop.Cancel();
        base.Dispose(disposing);
    }

    private async Task ResolveAsync(Action<ResolverResult> listener)
    {
        try
        {
            await foreach (var usable in replicas.WatchUsableAsync(_stop.Token))
            {
                Notify(listener, usable.Count > 0
                    ? ResolverResult.ForResult([.. usable.Select(ToBalancerAddress)])
                    : ResolverResult.ForFailure(new Status(
                        StatusCode.Unavailable, $"{replicas.Setting.Key} ({replicas.Setting.Text}) has no replica",
                        new InvalidOperationException($"no replica of {peer}"))));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The channel was disposed.
        }
    }

    /// <summary>An exception of the channel must not end the resolver: it has to pass on the next change.</summary>
    private void Notify(Action<ResolverResult> listener, ResolverResult usable)
    {
        try
        {
            listener(usable);
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            Log.PeersBroken(logger, error, peer);
        }
    }

    private BalancerAddress ToBalancerAddress(Uri replica)
    {
        var address = new BalancerAddress(replica.DnsSafeHost, replica.Port);
        address.Attributes.Set(LeastRequestsLoadBalancer.LoadAttribute, replicas.GetLoad(replica));
        return address;
    }
}

/// <summary>Makes the resolver of the scheme <c>mesh</c>.</summary>
internal sealed class ReplicaResolverFactory(IServiceProvider services) : ResolverFactory
{
    public const string Scheme = "mesh";

    public override string Name => Scheme;

    public override Resolver Create(ResolverOptions options)
    {
        var peer = options.Address.AbsolutePath.TrimStart('/');
        return new ReplicaResolver(peer, services.GetRequiredService<ReplicaSetRegistry>().GetOrAdd(peer),
            services.GetRequiredService<ILogger<ReplicaResolver>>());
    }
}
