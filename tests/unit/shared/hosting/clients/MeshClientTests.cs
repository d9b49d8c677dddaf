using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Hosting.Replicas;
using SynCxr.Mesh.Report.V1;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Clients;

/// <summary>Client factory and interceptors against a real server on loopback.</summary>
public sealed class MeshClientTests
{
    [Fact]
    public async Task UnaryCall_ServerFullTwice_IsTriedAgainAndSucceeds()
    {
        var peer = new FakeReportService { Refusals = 2 };
        await using var mesh = await LoopbackMesh.StartAsync(peer);

        await mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest { Text = "x" });

        Assert.Equal(3, peer.Calls);
    }

    [Fact]
    public async Task UnaryCall_ServerAlwaysFull_EndsWithPushBackAndOneErrorInfo()
    {
        var peer = new FakeReportService { Refusals = int.MaxValue };
        await using var mesh = await LoopbackMesh.StartAsync(peer);

        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest { Text = "x" }));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal("5", error.Trailers.GetValue("grpc-retry-pushback-ms"));
        Assert.Equal("QUEUE_FULL", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal(TimeSpan.FromMilliseconds(5), error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());
        Assert.Equal(4, peer.Calls);
    }

    [Theory]
    [InlineData(120, 7)]
    [InlineData(5, 0)] // a caller in a hurry does not slow down the others
    public async Task UnaryCall_PeerCannotMeetTheDeadline_SlowsDownWhereItIsAUsualOne(int seconds, int limit)
    {
        var peer = new FakeReportService { Throw = new MeshException(ErrorReasons.DeadlineUnmeetable, "too much to do") };
        await using var mesh = await LoopbackMesh.StartAsync(peer);
        var limiter = mesh.Replicas.GetOrAdd("report").Limiter;
        var rounds = await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => limiter.EnterAsync("local", null, CancellationToken.None)));

        await Assert.ThrowsAsync<RpcException>(async () => await mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest(),
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds)));

        Assert.Equal(9, rounds.Length);
        Assert.Equal(limit > 0 ? limit : new MeshOptions().CallsToPeer, limiter.Limit);
    }

    [Fact]
    public async Task UnaryCall_BadInput_NamesTheFieldAndIsNotRepeated()
    {
        var peer = new FakeReportService { Throw = MeshException.Invalid("text", "is empty") };
        await using var mesh = await LoopbackMesh.StartAsync(peer);

        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest()));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("text", error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
        Assert.Equal(1, peer.Calls);
    }

    [Fact]
    public async Task UnaryCall_UnexpectedException_HidesTheDetailAndGivesTheRequestId()
    {
        await using var mesh = await LoopbackMesh.StartAsync(
            new FakeReportService { Throw = new InvalidOperationException("a secret path") });

        using var caller = RequestContext.Enter("team-a", "request-7");
        var error = await Assert.ThrowsAsync<RpcException>(
            async () => await mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest()));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("request-7", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnaryCall_RequestContextEntered_ArrivesAtThePeer()
    {
        var peer = new FakeReportService();
        await using var mesh = await LoopbackMesh.StartAsync(peer);

        using (RequestContext.Enter("team-a", "request-7"))
            await mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest());

        Assert.Equal(new RequestContext("team-a", "request-7"), peer.Seen);
        Assert.True(peer.HadDeadline);
    }

    [Fact]
    public async Task UnaryCall_TenantThatIsAPath_IsRefusedByName()
    {
        await using var mesh = await LoopbackMesh.StartAsync(new FakeReportService());

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest(),
                new Metadata { { RequestContext.TenantHeader, "../other" } }));

        Assert.Equal(RequestContext.TenantHeader, error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
    }

    [Fact]
    public async Task Stop_CallInFlight_EndsItAndRefusesNewOnes()
    {
        var peer = new FakeReportService { Gate = new TaskCompletionSource() };
        await using var mesh = await LoopbackMesh.StartAsync(peer, "--Mesh:CallAttempts=1");
        var inFlight = mesh.Client.ExtractEntitiesAsync(new ExtractEntitiesRequest()).ResponseAsync;
        await peer.Entered.Task;

        using var stranger = GrpcChannel.ForAddress(mesh.Address); // the mesh's own client watches `ready` and calls no more
        var stop = mesh.StopAsync();
        RpcException refused;
        do
            refused = await Assert.ThrowsAsync<RpcException>(
                async () => await new ReportService.ReportServiceClient(stranger).ExtractEntitiesAsync(new ExtractEntitiesRequest(),
                    deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300)));
        while (refused.StatusCode == StatusCode.DeadlineExceeded);
        peer.Gate.SetResult();

        await inFlight;
        await stop;
        Assert.Equal("DRAINING", refused.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    private sealed class FakeReportService : ReportService.ReportServiceBase
    {
        private int _calls;

        public int Refusals { get; init; }

        public Exception? Throw { get; init; }

        public TaskCompletionSource? Gate { get; init; }

        public TaskCompletionSource Entered { get; } = new();

        public int Calls => _calls;

        public RequestContext? Seen { get; private set; }

        public bool HadDeadline { get; private set; }

        public override async Task<ExtractEntitiesResponse> ExtractEntities(ExtractEntitiesRequest request, ServerCallContext context)
        {
            Seen = RequestContext.Current;
            HadDeadline = context.Deadline < DateTime.MaxValue;
            if (Interlocked.Increment(ref _calls) <= Refusals)
                throw MeshException.QueueFull("test", TimeSpan.FromMilliseconds(5));
            if (Throw is not null)
                throw Throw;
            Entered.TrySetResult();
            if (Gate is not null)
                await Gate.Task;
            return new ExtractEntitiesResponse();
        }
    }

    private sealed class LoopbackMesh : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly ServiceProvider _services;

        private LoopbackMesh(WebApplication app, ServiceProvider services)
        {
            _app = app;
            _services = services;
        }

        public ReportService.ReportServiceClient Client => _services.GetRequiredService<ReportService.ReportServiceClient>();

        public static async Task<LoopbackMesh> StartAsync(FakeReportService peer, params string[] settings)
        {
            var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", .. settings], "report");
            builder.Services.AddSingleton(peer);
            var app = builder.BuildMesh();
            app.MapMeshDefaults();
            app.MapGrpcService<FakeReportService>();
            await app.StartAsync();
            var client = MeshHost.CreateBuilder([$"--Peers:report={MeshHost.Addresses(app)[0]}"], "gateway");
            client.AddMeshClient<ReportService.ReportServiceClient>("report");
            return new LoopbackMesh(app, client.Services.BuildServiceProvider());
        }

        public ReplicaSetRegistry Replicas => _services.GetRequiredService<ReplicaSetRegistry>();

        public string Address => MeshHost.Addresses(_app)[0];

        public Task StopAsync() => _app.StopAsync();

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            await _services.DisposeAsync();
        }
    }
}
