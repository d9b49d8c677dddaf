using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests;

/// <summary>The service on loopback, one run at a time and one that waits, with a folder of twelve made images.</summary>
public sealed class TrainerFixture : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new();
    private WebApplication? _app;
    private GrpcChannel? _channel;

    public V1.TrainerService.TrainerServiceClient Client { get; private set; } = null!;

    public string Data => _folder["images/train"];

    public string State => _folder["state"];

    public async ValueTask InitializeAsync()
    {
        GradientTrainingImages.Write(_folder);
        await StartAsync();
    }

    /// <summary>Stops the service as SIGTERM would, and starts it again on the same state folder.</summary>
    public async Task RestartAsync()
    {
        await DisposeAppAsync();
        await StartAsync();
    }

    public async Task<TrainingRun> EndOf(string name)
    {
        using var watch = Client.WatchTraining(new WatchTrainingRequest { Name = name }, deadline: In(300));
        TrainingRun run = new();
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            run = answer.Training;
        return run;
    }

    public static DateTime In(int seconds) => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds);

    public async ValueTask DisposeAsync()
    {
        await DisposeAppAsync();
        _folder.Dispose();
    }

    private async Task StartAsync()
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Data:TakePaths=true", $"--Trainer:StateFolder={State}", "--Trainer:QueueLimit=1"],
            "trainer");
        builder.AddTrainer();
        _app = builder.BuildMesh();
        _app.MapMeshDefaults();
        _app.MapTrainer();
        await _app.StartAsync();
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(_app)[0]);
        Client = new V1.TrainerService.TrainerServiceClient(_channel);
        using var watch = new Health.HealthClient(_channel).Watch(new HealthCheckRequest { Service = "ready" }, deadline: In(30));
        await foreach (var state in watch.ResponseStream.ReadAllAsync())
        {
            if (state.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                return;
        }

        Assert.Fail("the service ended its health stream without becoming ready");
    }

    private async ValueTask DisposeAppAsync()
    {
        _channel?.Dispose();
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
