using System.Diagnostics;
using Grpc.Core;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Report.V1;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting;

/// <summary>One trace from a call, through a message, to the call that its consumer makes.</summary>
public sealed class MeshTraceTests
{
    [Fact]
    public async Task Trace_MessageThenCall_IsOne()
    {
        using var source = new ActivitySource("SynCxr.Mesh.Test");
        var seen = new TaskCompletionSource<ActivityTraceId>();
        await using var peer = await StartAsync(seen);
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", $"--Peers:report={MeshHost.Addresses(peer)[0]}"],
            "balancer");
        builder.AddMeshClient<ReportService.ReportServiceClient>("report");
        builder.AddMeshBus(bus => bus.AddConsumer<CallingConsumer>());
        await using var app = builder.BuildMesh();
        await app.StartAsync();

        using var root = source.StartActivity("root");
        Assert.NotNull(root);
        await app.Services.GetRequiredService<IBus>().Publish(new DatasetSealed(Guid.NewGuid(), "team-a", "x", "root"));

        Assert.Equal(root.TraceId, await seen.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static async Task<WebApplication> StartAsync(TaskCompletionSource<ActivityTraceId> seen)
    {
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0"], "report");
        builder.Services.AddSingleton(new TracingReportService(seen));
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapGrpcService<TracingReportService>();
        await app.StartAsync();
        return app;
    }

    private sealed class CallingConsumer(ReportService.ReportServiceClient client) : IConsumer<DatasetSealed>
    {
        public async Task Consume(ConsumeContext<DatasetSealed> context)
        {
            using var caller = RequestContext.Enter(context.Message.Tenant, context.CorrelationId?.ToString("N") ?? "none");
            await client.ExtractEntitiesAsync(new ExtractEntitiesRequest(), cancellationToken: context.CancellationToken);
        }
    }

    private sealed class TracingReportService(TaskCompletionSource<ActivityTraceId> seen) : ReportService.ReportServiceBase
    {
        public override Task<ExtractEntitiesResponse> ExtractEntities(ExtractEntitiesRequest request, ServerCallContext context)
        {
            seen.TrySetResult(Activity.Current!.TraceId);
            return Task.FromResult(new ExtractEntitiesResponse());
        }
    }
}
