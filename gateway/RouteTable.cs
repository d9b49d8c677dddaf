using System.Net;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Replicas;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.LoadBalancing;

namespace SynCxr.Mesh.Gateway;

/// <summary>
/// Which path goes to which service. gRPC paths come from the contracts; JSON paths are the first segments of their HTTP rules.
/// </summary>
internal static class RouteTable
{
    private static readonly Dictionary<string, string[]> _grpcServices = new()
    {
        ["report"] = ["syncxr.report.v1.ReportService"],
        ["diffusion"] = ["syncxr.diffusion.v1.DiffusionService"],
        ["curation"] = ["syncxr.curation.v1.CurationService"],
        ["balancer"] = ["syncxr.balancer.v1.BalancerService", "syncxr.dataset.v1.DatasetService"],
        ["trainer"] = ["syncxr.trainer.v1.TrainerService"],
        ["evaluator"] = ["syncxr.evaluator.v1.EvaluatorService"],
    };

    private static readonly Dictionary<string, string[]> _jsonPaths = new()
    {
        ["report"] = ["/v1/reports:generate", "/v1/reports:write", "/v1/reports:extractEntities", "/v1/report/{**rest}"],
        ["diffusion"] = ["/v1/images:generate", "/v1/images:render", "/v1/diffusion/{**rest}"],
        ["curation"] = ["/v1/images:assess", "/v1/images:embed", "/v1/images:findDuplicates", "/v1/curation/{**rest}"],
        ["balancer"] = ["/v1/vocabularies/{**rest}", "/v1/entitySets:sample", "/v1/datasets/{**rest}"],
        ["trainer"] = ["/v1/trainings/{**rest}", "/v1/recipes"],
        ["evaluator"] = ["/v1/evaluations/{**rest}", "/v1/evaluator/{**rest}"],
    };

    /// <summary>Names of the services behind the gateway.</summary>
    public static IEnumerable<string> ServiceNames => _grpcServices.Keys;

    /// <summary>The service that a cluster belongs to.</summary>
    public static string GetService(string cluster) => cluster.EndsWith("-json", StringComparison.Ordinal) ? cluster[..^5] : cluster;

    public static IReadOnlyList<RouteConfig> All { get; } =
    [
        .. _grpcServices.SelectMany(s => s.Value.Select(name => new RouteConfig
        {
            RouteId = name,
            ClusterId = s.Key,
            Match = new RouteMatch { Path = $"/{name}/{{method}}" },
        })),
        .. _jsonPaths.SelectMany(s => s.Value.Select(path => new RouteConfig
        {
            RouteId = path,
            ClusterId = s.Key + "-json",
            Match = new RouteMatch { Path = path },
        })),
    ];

    /// <summary>
    /// One cluster a service for gRPC (HTTP/2) and one for JSON (HTTP/1.1, the gRPC port plus 100 unless <c>Peers:{name}-json</c> says
    /// otherwise), each with a destination a replica.
    /// </summary>
    /// <param name="usable">Replicas to use, by service; a service that is absent has those that its setting lists.</param>
    public static IReadOnlyList<ClusterConfig> BuildClusters(IConfiguration configuration,
        IReadOnlyDictionary<string, IReadOnlyList<Uri>> usable) =>
    [
        .. ServiceNames.Select(name => (Name: name, Setting: PeerSetting.Read(configuration, name))).SelectMany(peer =>
        {
            var replicas = usable.GetValueOrDefault(peer.Name) ?? peer.Setting.Addresses;
            var json = MapToJsonAddress(configuration, peer.Setting, peer.Name);
            return new[] { BuildCluster(peer.Name, replicas, HttpVersion.Version20),
                BuildCluster(peer.Name + "-json", [.. replicas.Select(json)], HttpVersion.Version11) };
        }),
    ];

    /// <summary>
    /// Where the JSON side of a replica is: the address in the same place of the other list, the other name's port, or 100 ports further.
    /// </summary>
    private static Func<Uri, Uri> MapToJsonAddress(IConfiguration configuration, PeerSetting grpc, string name)
    {
        if (configuration[$"Peers:{name}-json"] is null)
            return replica => new UriBuilder(replica) { Port = replica.Port + 100 }.Uri;
        var json = PeerSetting.Read(configuration, name + "-json");
        if (json.DnsName is not null)
            return replica => new UriBuilder(replica) { Port = json.DnsName.Port }.Uri;
        if (json.Addresses.Count != grpc.Addresses.Count)
            throw new OptionsValidationException("Peers", typeof(Uri),
                [$"{json.Key} has {json.Addresses.Count} addresses and {grpc.Key} has {grpc.Addresses.Count}; each gRPC address needs "
                    + $"one JSON address, in the same order"]);
        return replica => grpc.Addresses.Index().FirstOrDefault(g => g.Item == replica) is { Item: not null, Index: var at }
            ? json.Addresses[at] : new UriBuilder(replica)
            {
                Port = replica.Port + 100,
            }.Uri;
    }

    private static ClusterConfig BuildCluster(string id, IReadOnlyList<Uri> replicas, Version version) => new()
    {
        ClusterId = id,
        LoadBalancingPolicy = LoadBalancingPolicies.LeastRequests,
        Destinations = replicas.ToDictionary(r => r.ToString(), r => new DestinationConfig { Address = r.ToString() }),
        HttpRequest = new ForwarderRequestConfig
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = TimeSpan.FromHours(12),
        },
    };
}
