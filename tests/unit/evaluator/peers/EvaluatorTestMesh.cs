using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Objects;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>An evaluator and its two peers, over real gRPC on loopback.</summary>
internal sealed class EvaluatorTestMesh : IAsyncDisposable
{
    private readonly WebApplication _peers, _evaluator;
    private readonly GrpcChannel _channel;

    private EvaluatorTestMesh(WebApplication peers, WebApplication evaluator)
    {
        (_peers, _evaluator) = (peers, evaluator);
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(evaluator)[0]);
        Client = new V1.EvaluatorService.EvaluatorServiceClient(_channel);
    }

    public V1.EvaluatorService.EvaluatorServiceClient Client { get; }

    public static async Task<EvaluatorTestMesh> StartAsync(string state, EvaluatorPeerSettings settings, params string[] options)
    {
        string[] common = ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Mesh:DrainLimit=00:00:00", $"--Storage:Root={state}"];
        var peers = MeshHost.CreateBuilder(common, "gateway");
        peers.Logging.ClearProviders();
        peers.AddObjectStore();
        peers.Services.AddSingleton(settings);
        var peersApp = peers.BuildMesh();
        peersApp.MapMeshDefaults();
        peersApp.MapGrpcService<RenderingGeneratorPeer>();
        peersApp.MapGrpcService<BlockMeanJudgePeer>();
        peersApp.MapGrpcService<SealedFolderPeer>();
        await peersApp.StartAsync();
        var address = MeshHost.Addresses(peersApp)[0];

        var builder = MeshHost.CreateBuilder(
            // One thread for all of them: libtorch has one number for the whole process, and bits follow it.
            [.. common, "--Evaluator:Threads=1", "--Data:TakePaths=true", $"--Evaluator:StateFolder={state}",
                $"--Peers:diffusion={address}", $"--Peers:curation={address}", $"--Peers:balancer={address}", .. options], "evaluator");
        builder.Logging.ClearProviders();
        builder.AddEvaluator();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapEvaluator();
        await app.StartAsync();
        return new EvaluatorTestMesh(peersApp, app);
    }

    /// <summary>Creates an evaluation and watches it to its end.</summary>
    public async Task<Evaluation> RunAsync(EvaluationSpec spec, string requestId = "")
    {
        var evaluation =
            (await Client.CreateEvaluationAsync(new CreateEvaluationRequest { Spec = spec, RequestId = requestId })).Evaluation;
        using var watch = Client.WatchEvaluation(new WatchEvaluationRequest { Name = evaluation.Name });
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            evaluation = answer.Evaluation;
        return evaluation;
    }

    /// <summary>A file of an evaluation, as text.</summary>
    public async Task<string> ReadAsync(Artifact artifact)
    {
        using var call = Client.ReadArtifact(new ReadArtifactRequest { Name = artifact.Name });
        var text = new StringBuilder();
        await foreach (var part in call.ResponseStream.ReadAllAsync())
            text.Append(part.Data.ToStringUtf8());
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _evaluator.StopAsync();
        await _evaluator.DisposeAsync();
        await _peers.StopAsync();
        await _peers.DisposeAsync();
    }
}
