using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Clients;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace SynCxr.Mesh.Gateway;

/// <summary>The gateway: a pass-through of bytes, so that a new field or method needs no new gateway.</summary>
public static class GatewayHost
{
    /// <summary>What is served behind the gateway, and its own health.</summary>
    internal static IReadOnlyList<ServiceDescriptor> Contracts { get; } =
    [
        Report.V1.ReportService.Descriptor,
        Diffusion.V1.DiffusionService.Descriptor,
        Curation.V1.CurationService.Descriptor,
        Balancer.V1.BalancerService.Descriptor,
        Dataset.V1.DatasetService.Descriptor,
        Trainer.V1.TrainerService.Descriptor,
        Evaluator.V1.EvaluatorService.Descriptor,
        Grpc.Health.V1.Health.Descriptor,
    ];

    public static void AddGateway(this IHostApplicationBuilder builder)
    {
        MeshClients.ValidatePeerNames(builder.Configuration);
        builder.AddReplicaSets();
        builder.Services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        builder.Services.AddReverseProxy().LoadFromMemory(RouteTable.All,
            RouteTable.BuildClusters(builder.Configuration, new Dictionary<string, IReadOnlyList<Uri>>()))
            .AddTransforms(BrokenAnswerMiddleware.AddMissingStatus)
            .AddTransforms(route => route.AddRequestHeader(RequestContext.ForwardedHeader, "1", append: false));
        builder.Services.AddSingleton<IForwarderHttpClientFactory, PeerHttpClientFactory>();
        builder.Services.AddHostedService<RouteUpdateWorker>();
        builder.Services.AddSingleton<ServiceCallLimiter>();
        builder.Services.AddSingleton<AnswerLimiter>();
        builder.Services.AddSingleton<ReadyReplicaCheck>();
        // Both versions of the reflection service: clients ask v1 first. Without these they would list only what the gateway serves itself.
        builder.Services.AddSingleton(new global::Grpc.Reflection.ReflectionServiceImpl(Contracts));
        builder.Services.AddSingleton(new global::Grpc.Reflection.ReflectionV1ServiceImpl(Contracts));
    }

    public static void MapGateway(this WebApplication app) =>
        app.MapReverseProxy(proxy =>
        {
            proxy.Use(app.Services.GetRequiredService<ServiceCallLimiter>().InvokeAsync);
            proxy.Use(app.Services.GetRequiredService<ReadyReplicaCheck>().InvokeAsync);
            proxy.Use(app.Services.GetRequiredService<AnswerLimiter>().InvokeAsync);
            proxy.Use(BrokenAnswerMiddleware.InvokeAsync);
            proxy.Use(PeerFailureMiddleware.InvokeAsync);
            proxy.Use(ReplicaFailoverMiddleware.InvokeAsync);
            proxy.UseLoadBalancing();
        });
}
