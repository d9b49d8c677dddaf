using System.Globalization;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Runs;

/// <summary>The trainer as a process of its own, killed as a power cut would.</summary>
[Collection("torch")]
public sealed class TrainerKillTests : IDisposable
{
    private const int Steps = 160; // many more than the kills need: on a busy machine they come late
    private readonly ScratchFolder _folder = new();
    private readonly string _data;

    public TrainerKillTests() => _data = GradientTrainingImages.Write(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Kill_ThreeTimesInOneRun_GivesTheWeightsOfAnUndisturbedRun()
    {
        var whole = await TrainAsync(_folder["whole"], []);
        var killed = await TrainAsync(_folder["killed"], [6, 15, 26]);

        Assert.True(whole.State == TrainingState.Succeeded, whole.ToString());
        Assert.True(killed.State == TrainingState.Succeeded, killed.ToString());
        foreach (var file in new[] { "model.onnx", Path.Combine("..", "judge.safetensors") })
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(whole.ModelFolder, file)),
                await File.ReadAllBytesAsync(Path.Combine(killed.ModelFolder, file)));
        Assert.Equal(whole.ModelDigest, killed.ModelDigest);
        var curve = Curve(_folder["whole"]);
        var again = Curve(_folder["killed"]);
        Assert.Equal(Steps, curve.Length - 1);
        Assert.Equal(curve, again);
    }

    /// <param name="kills">Steps after which the process is killed; each is later than the one before.</param>
    private async Task<TrainingRun> TrainAsync(string state, int[] kills)
    {
        var name = "";
        var before = 0;
        foreach (var kill in kills.Append(int.MaxValue))
        {
            var grpc = TestPort.Reserve();
            var json = TestPort.Reserve();
            await using var process = SyncxrProcess.StartService(
                "Trainer", $"--Trainer:StateFolder={state}", "--Trainer:Threads=1", "--Data:TakePaths=true",
                string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={grpc}"),
                string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={json}"));
            using var channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{grpc}"));
            await channel.ConnectUntilServingAsync(() => process.HasExited, () => $"{process.Output}\n{process.Error}");
            var client = new V1.TrainerService.TrainerServiceClient(channel);
            if (name.Length == 0)
            {
                var spec = new TrainingSpec
                {
                    Recipe = "quality-judge",
                    Preset = "test",
                    ModelName = "judge",
                    Seed = 3,
                    Steps = Steps,
                    Data = { _data },
                };
                name = (await client.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec })).Training.Name;
            }

            if (kill == int.MaxValue)
            {
                var run = new TrainingRun();
                using var watch = client.WatchTraining(new WatchTrainingRequest { Name = name }, deadline: TrainerFixture.In(600));
                await foreach (var answer in watch.ResponseStream.ReadAllAsync())
                    run = answer.Training;
                AssertGoesOn(process, before);
                return run;
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            while (Curve(state).Length <= kill)
                await Task.Delay(5, limit.Token);
            Assert.True(Curve(state).Length < Steps, "the kill comes too late");
            process.Kill();
            AssertGoesOn(process, before);
            before = kill;
        }

        throw new InvalidOperationException("the run did not end");
    }

    /// <summary>From the last checkpoint, which is every second step: a run that began anew would have the same weights too.</summary>
    private static void AssertGoesOn(SyncxrProcess process, int before)
    {
        var first = Regex.Match(process.Output, @": judge (\d+) of ");
        Assert.True(first.Success, process.Output);
        Assert.InRange(int.Parse(first.Groups[1].Value, CultureInfo.InvariantCulture), Math.Max(1, before - 1), Steps);
    }

    private static string[] Curve(string state) => Directory.Exists(state) && Directory.EnumerateFiles(state, TrainingCurveFile.FileName,
        SearchOption.AllDirectories).SingleOrDefault() is { } file ? File.ReadAllLines(file) : [];
}
