using System.Net;
using SynCxr.Mesh.Hosting;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace SynCxr.Mesh.Gateway;

/// <summary>Which path goes to which service. gRPC paths come from the contracts; JSON paths are the first segments of their HTTP rules.</summary>
internal static class Routes
{
    private static readonly Dictionary<string, string[]> _services = new()
    {
        ["report"] = ["syncxr.report.v1.ReportService"],
        ["diffusion"] = ["syncxr.diffusion.v1.DiffusionService"],
        ["curation"] = ["syncxr.curation.v1.CurationService"],
        ["balancer"] = ["syncxr.balancer.v1.BalancerService", "syncxr.dataset.v1.DatasetService"],
        ["trainer"] = ["syncxr.trainer.v1.TrainerService"],
        ["evaluator"] = ["syncxr.evaluator.v1.EvaluatorService"],
    };

    private static readonly Dictionary<string, string[]> _json = new()
    {
        ["report"] = ["/v1/reports:generate", "/v1/reports:write", "/v1/reports:extractEntities", "/v1/report/{**rest}"],
        ["diffusion"] = ["/v1/images:generate", "/v1/images:render", "/v1/diffusion/{**rest}"],
        ["curation"] = ["/v1/images:assess", "/v1/images:embed", "/v1/images:findDuplicates", "/v1/curation/{**rest}"],
        ["balancer"] = ["/v1/vocabularies/{**rest}", "/v1/entitySets:draw", "/v1/datasets/{**rest}"],
        ["trainer"] = ["/v1/trainings/{**rest}", "/v1/recipes"],
        ["evaluator"] = ["/v1/evaluations/{**rest}"],
    };

    /// <summary>Names of the services behind the door.</summary>
    public static IEnumerable<string> Names => _services.Keys;

    public static IReadOnlyList<RouteConfig> All { get; } =
    [
        .. _services.SelectMany(s => s.Value.Select(name => new RouteConfig
        {
            RouteId = name,
            ClusterId = s.Key,
            Match = new RouteMatch { Path = $"/{name}/{{method}}" },
        })),
        .. _json.SelectMany(s => s.Value.Select(path => new RouteConfig
        {
            RouteId = path,
            ClusterId = s.Key + "-json",
            Match = new RouteMatch { Path = path },
        })),
    ];

    /// <summary>One cluster a service for gRPC (HTTP/2) and one for JSON (HTTP/1.1, the gRPC port plus 100 unless <c>Peers:{name}-json</c> says otherwise).</summary>
    public static IReadOnlyList<ClusterConfig> Clusters(IConfiguration configuration) =>
    [
        .. Names.Select(name => Cluster(name, MeshClients.Address(configuration, name), HttpVersion.Version20)),
        .. Names.Select(name => Cluster(name + "-json", JsonPeer(configuration, name), HttpVersion.Version11)),
    ];

    private static Uri JsonPeer(IConfiguration configuration, string name)
    {
        var grpc = MeshClients.Address(configuration, name);
        return MeshClients.Address(configuration, name + "-json", new UriBuilder(grpc) { Port = grpc.Port + 100 }.Uri);
    }

    private static ClusterConfig Cluster(string id, Uri address, Version version) => new()
    {
        ClusterId = id,
        Destinations = new Dictionary<string, DestinationConfig> { [id] = new() { Address = address.ToString() } },
        HttpRequest = new ForwarderRequestConfig { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = TimeSpan.FromHours(12) },
    };
}
