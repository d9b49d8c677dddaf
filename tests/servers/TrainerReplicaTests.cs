using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Messages;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>Two trainers on PostgreSQL and RabbitMQ, on one folder for checkpoints.</summary>
public sealed class TrainerReplicaTests(ServersFixture servers) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Kill_ReplicaThatTrains_OtherReplicaFinishesWithTheSameWeights()
    {
        if (!servers.AreAvailable())
            return;
        var settings = await SettingsAsync();
        await using var first = await TrainerReplica.StartAsync(settings);
        await using var second = await TrainerReplica.StartAsync(settings);
        var spec = Spec("killed", steps: 120);
        var name = (await first.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec })).Training.Name;
        var run = await first.WatchAsync(name, r => r is { Statistics.Phase: TrainingPhase.Judge, Progress.Done: > 20 });
        var (killed, other) = first.Output.Contains(" starts: ", StringComparison.Ordinal) ? (first, second) : (second, first);

        Assert.Equal(TrainingState.Running, run.State);
        killed.Kill();
        run = await other.WatchAsync(name, _ => false);

        Assert.True(run.State == TrainingState.Succeeded, run.Failure?.Message);
        Assert.Contains(" starts: ", other.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(": judge 1 of ", other.Output, StringComparison.Ordinal); // it went on, and did not begin anew
        var undisturbed = Spec("undisturbed", steps: 120);
        var whole = await other.WatchAsync(
            (await other.Client.CreateTrainingAsync(new CreateTrainingRequest { Spec = undisturbed })).Training.Name, _ => false);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(whole.ModelFolder, "model.onnx")),
            await File.ReadAllBytesAsync(Path.Combine(run.ModelFolder, "model.onnx")));
    }

    [Fact]
    public async Task TrainModel_SameMessageTwiceToTwoReplicas_IsOneRun()
    {
        if (!servers.AreAvailable())
            return;
        var settings = await SettingsAsync();
        await using var first = await TrainerReplica.StartAsync(settings);
        await using var second = await TrainerReplica.StartAsync(settings);
        var message = new TrainModel(NewId.NextGuid(), "local", JsonFormatter.Default.Format(Spec("by-event", steps: 4)));
        await using (var sender = await SenderAsync(settings))
        {
            for (var i = 0; i < 6; i++)
                await sender.Services.GetRequiredService<IBus>().Publish(message);
        }

        TrainingRun? run = null;
        for (var i = 0; i < 600 && run is null; i++, await Task.Delay(100))
            run = (await second.Client.ListTrainingsAsync(new ListTrainingsRequest())).Trainings.FirstOrDefault(t => t.EndTime is not null);

        Assert.True(run is { State: TrainingState.Succeeded }, $"{run}");
        Assert.Equal($"messages/{message.CorrelationId:N}", run.Cause);
        Assert.Single((await first.Client.ListTrainingsAsync(new ListTrainingsRequest())).Trainings);
    }

    private TrainingSpec Spec(string model, long steps) =>
        new()
        {
            Recipe = "quality-judge",
            Preset = "test",
            ModelName = model,
            Seed = 3,
            Steps = steps,
            Data = { GradientTrainingImages.Write(_folder) },
        };

    /// <summary>What both replicas are started with: all of it that is the bus's, and a database of the test's own.</summary>
    private async Task<string[]> SettingsAsync()
    {
        var all = await servers.CreateSettingsAsync();
        return
        [
            .. all.Where(s => s.StartsWith("--Mesh:", StringComparison.Ordinal) || s.StartsWith("--RabbitMq:", StringComparison.Ordinal)),
            .. all.Where(s => s.StartsWith("--Balancer:", StringComparison.Ordinal))
                .Select(s => s.Replace("--Balancer:", "--Trainer:", StringComparison.Ordinal)),
            $"--Trainer:StateFolder={_folder["state"]}", "--Trainer:Threads=1", "--Data:TakePaths=true", "--Trainer:Lease=00:00:03",
        ];
    }

    private static async Task<StartedHost> SenderAsync(string[] settings)
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", .. settings.Where(s => s.StartsWith("--Mesh:", StringComparison.Ordinal)
                || s.StartsWith("--RabbitMq:", StringComparison.Ordinal))],
            "gateway");
        builder.AddMeshBus(_ => { });
        var app = builder.BuildMesh();
        await app.StartAsync();
        return new StartedHost(app);
    }

    private sealed class StartedHost(IHost app) : IAsyncDisposable
    {
        public IServiceProvider Services => app.Services;

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            app.Dispose();
        }
    }

    /// <summary>A trainer as a process.</summary>
    private sealed class TrainerReplica(SyncxrProcess process, GrpcChannel channel) : IAsyncDisposable
    {
        public TrainerService.TrainerServiceClient Client { get; } = new(channel);

        public string Output => process.Output;

        public static async Task<TrainerReplica> StartAsync(string[] settings)
        {
            var (grpc, json) = (TestPort.Reserve(), TestPort.Reserve());
            var process = SyncxrProcess.StartService(
                "Trainer",
                [.. settings, string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={grpc}"),
                    string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={json}")]);
            var channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{grpc}"));
            await channel.ConnectUntilServingAsync(() => process.HasExited, () => $"{process.Output}\n{process.Error}");
            return new TrainerReplica(process, channel);
        }

        public async Task<TrainingRun> WatchAsync(string name, Func<TrainingRun, bool> until)
        {
            using var watch = Client.WatchTraining(new WatchTrainingRequest { Name = name },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(4));
            var run = new TrainingRun();
            await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            {
                run = answer.Training;
                if (until(run))
                    break;
            }

            return run;
        }

        public void Kill() => process.Kill();

        public async ValueTask DisposeAsync()
        {
            channel.Dispose();
            await process.DisposeAsync();
        }
    }
}
