using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Net.Client;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Bus;
using SynCxr.Mesh.Trainer;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>
/// Trainer and evaluator in one process with one bus, and peers for all others. Rows are looked over all the time, and what is overdue is
/// so at once.
/// </summary>
internal sealed class TrainerEvaluatorMesh : IAsyncDisposable
{
    private readonly WebApplication _peers, _mesh;
    private readonly GrpcChannel _channel;

    private TrainerEvaluatorMesh(WebApplication peers, WebApplication mesh)
    {
        (_peers, _mesh) = (peers, mesh);
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(mesh)[0]);
        (Trainings, Evaluations) = (new Trainer.V1.TrainerService.TrainerServiceClient(_channel),
            new V1.EvaluatorService.EvaluatorServiceClient(_channel));
    }

    public Trainer.V1.TrainerService.TrainerServiceClient Trainings { get; }

    public V1.EvaluatorService.EvaluatorServiceClient Evaluations { get; }

    public IBus Bus => _mesh.Services.GetRequiredService<IBus>();

    public ReceivedEvents Events => _mesh.Services.GetRequiredService<ReceivedEvents>();

    public static async Task<TrainerEvaluatorMesh> StartAsync(string state, ImageReportDataset dataset, LossyDelivery lossy)
    {
        string[] common = ["--Mesh:DrainLimit=00:00:00", $"--Storage:Root={state}"];
        var peers = MeshHost.CreateBuilder([.. common, "--Mesh:Port=0", "--Mesh:JsonPort=0"], "gateway");
        peers.Logging.ClearProviders();
        peers.AddObjectStore();
        peers.Services.AddSingleton(new EvaluatorPeerSettings()).AddSingleton(dataset);
        var peersApp = peers.BuildMesh();
        peersApp.MapMeshDefaults();
        peersApp.MapGrpcService<RenderingGeneratorPeer>();
        peersApp.MapGrpcService<BlockMeanJudgePeer>();
        peersApp.MapGrpcService<SealedDatasetPeer>();
        await peersApp.StartAsync();
        var address = MeshHost.Addresses(peersApp)[0];

        var port = TestPort.Reserve();
        string[] often = ["ReconcileEvery=00:00:00.050", "OverdueAfter=00:00:00.500", $"StateFolder={state}"];
        var builder = MeshHost.CreateBuilder(
            [
                .. common, string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={port}"), "--Mesh:JsonPort=0", "--Trainer:Threads=1",
                "--Evaluator:Threads=1", "--Data:TakePaths=true", $"--Peers:diffusion={address}", $"--Peers:curation={address}",
                $"--Peers:balancer={address}",
                string.Create(CultureInfo.InvariantCulture, $"--Peers:trainer=http://127.0.0.1:{port}"),
                .. often.Select(o => $"--Trainer:{o}"), .. often.Select(o => $"--Evaluator:{o}"),
            ],
            "evaluator");
        builder.Logging.ClearProviders();
        builder.AddTrainer();
        builder.AddEvaluator();
        builder.Services.AddSingleton<ReceivedEvents>();
        builder.AddMeshBus(bus =>
        {
            bus.AddConsumer<ReceivedEventsConsumer>();
            lossy.AddTo(bus);
        });
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapTrainer();
        app.MapEvaluator();
        await app.StartAsync();
        return new TrainerEvaluatorMesh(peersApp, app);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _mesh.StopAsync();
        await _mesh.DisposeAsync();
        await _peers.StopAsync();
        await _peers.DisposeAsync();
    }
}

/// <summary>What came over the bus.</summary>
internal sealed class ReceivedEvents
{
    public ConcurrentQueue<object> All { get; } = [];
}

/// <summary>Hears what follows from rows.</summary>
internal sealed class ReceivedEventsConsumer(ReceivedEvents events)
    : IConsumer<TrainingQueued>, IConsumer<ModelTrained>, IConsumer<TrainingFailed>, IConsumer<EvaluationQueued>, IConsumer<ModelEvaluated>
{
    public Task Consume(ConsumeContext<TrainingQueued> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<ModelTrained> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<TrainingFailed> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<EvaluationQueued> context) => Keep(context.Message);

    public Task Consume(ConsumeContext<ModelEvaluated> context) => Keep(context.Message);

    private Task Keep(object message)
    {
        events.All.Enqueue(message);
        return Task.CompletedTask;
    }
}
