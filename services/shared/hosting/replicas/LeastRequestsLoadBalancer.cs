using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>
/// Sends each call to the replica with the fewest calls of this process in flight, streams included; replicas with equally many take turns.
/// It compares all replicas: there are tens, not thousands. A retry goes to a replica that the call has not tried.
/// </summary>
internal sealed class LeastRequestsLoadBalancer(IChannelControlHelper controller, ILoggerFactory loggers)
    : SubchannelsLoadBalancer(controller, loggers)
{
    public const string PolicyName = "least-requests";

    /// <summary>The attribute of an address that holds the load of its replica.</summary>
    public static readonly BalancerAttributesKey<ReplicaLoad> LoadAttribute = new("syncxr-load");

    private int _nextReplica;

    protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels) =>
        new LeastRequestsPicker(this, readySubchannels);

    private sealed class LeastRequestsPicker(LeastRequestsLoadBalancer owner, IReadOnlyList<Subchannel> ready) : SubchannelPicker
    {
        private readonly (Subchannel Replica, ReplicaLoad Load)[] _replicas =
            [.. ready.Select(
                r => (r, r.CurrentAddress?.Attributes.TryGetValue(LoadAttribute, out var load) == true ? load! : new ReplicaLoad()))];

        public override PickResult Pick(PickContext context)
        {
            if (_replicas[0].Load.Replicas?.FindProblem() is { } problem) // a replica that hangs would take the call and never answer it
                return PickResult.ForFailure(new Status(StatusCode.Unavailable, problem, new NoReplicaReadyException(problem)));
            var attempt = CallAttempt.Current;
            lock (owner) // two concurrent picks must not both find the same replica idle
            {
                var first = owner._nextReplica++ & int.MaxValue;
                var best = Enumerable.Range(0, _replicas.Length).Select(i => _replicas[(first + i) % _replicas.Length])
                    .MinBy(r => (attempt?.HasTried(r.Load) == true, r.Load.Calls));
                attempt?.AssignTo(best.Load);
                return PickResult.ForSubchannel(best.Replica);
            }
        }
    }
}

/// <summary>Makes the balancer of the policy <c>least-requests</c>.</summary>
internal sealed class LeastRequestsLoadBalancerFactory : LoadBalancerFactory
{
    public override string Name => LeastRequestsLoadBalancer.PolicyName;

    public override LoadBalancer Create(LoadBalancerOptions options) =>
        new LeastRequestsLoadBalancer(options.Controller, options.LoggerFactory);

    /// <summary>The service config that chooses it.</summary>
    public static ServiceConfig ServiceConfig => new()
    {
        LoadBalancingConfigs = { new LoadBalancingConfig(LeastRequestsLoadBalancer.PolicyName) },
    };
}
