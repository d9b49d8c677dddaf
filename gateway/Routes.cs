using System.Net;
using Grpc.Core;
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
    };

    private static readonly Dictionary<string, string[]> _json = new()
    {
        ["report"] = ["/v1/reports:generate", "/v1/reports:write", "/v1/reports:extractEntities", "/v1/report/{**rest}"],
        ["diffusion"] = ["/v1/images:generate", "/v1/images:render", "/v1/diffusion/{**rest}"],
        ["curation"] = ["/v1/images:assess", "/v1/images:embed", "/v1/images:findDuplicates", "/v1/curation/{**rest}"],
        ["balancer"] = ["/v1/vocabularies/{**rest}", "/v1/entitySets:draw", "/v1/datasets/{**rest}"],
        ["trainer"] = ["/v1/trainings/{**rest}", "/v1/recipes"],
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
        .. Names.Select(name => Cluster(name, Peer(configuration, name), HttpVersion.Version20)),
        .. Names.Select(name => Cluster(name + "-json", JsonPeer(configuration, name), HttpVersion.Version11)),
    ];

    private static string Peer(IConfiguration configuration, string name) =>
        configuration[$"Peers:{name}"] ?? $"http://127.0.0.1:{MeshClients.Ports[name]}";

    private static string JsonPeer(IConfiguration configuration, string name)
    {
        var grpc = new UriBuilder(Peer(configuration, name));
        grpc.Port += 100;
        return configuration[$"Peers:{name}-json"] ?? grpc.Uri.ToString();
    }

    private static ClusterConfig Cluster(string id, string address, Version version) => new()
    {
        ClusterId = id,
        Destinations = new Dictionary<string, DestinationConfig> { [id] = new() { Address = address } },
        HttpRequest = new ForwarderRequestConfig { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = TimeSpan.FromHours(12) },
    };

    /// <summary>A peer that can't be reached is UNAVAILABLE to a gRPC client, not an HTTP error page.</summary>
    public static async Task MapFailures(HttpContext context, Func<Task> next)
    {
        await next();
        if (context.GetForwarderErrorFeature() is null || context.Response.HasStarted || context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
            return;
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)StatusCode.Unavailable).ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = "the service behind the gateway does not answer";
        context.Response.Headers["grpc-retry-pushback-ms"] = "500";
    }
}
