using System.Globalization;
using System.Text.Json;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>
/// <c>training</c> and <c>evaluation</c> commands on a running mesh: runs that a data set's spec asks for, and one that is cancelled.
/// </summary>
public sealed class RunCommandsTests(StandaloneMeshFixture mesh) : IDisposable
{
    private const int Cancelled = 130;
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Dataset_SpecWithTrainAndEvaluate_IsMadeTrainedOnAndMeasuredByItself()
    {
        var (test, spec) = (WriteImages("test", 12), _scratch["spec.yaml"]);
        await File.WriteAllTextAsync(spec, $$"""
            pairs: 8
            preset: demo
            curation: {accept_all: true}
            train:
              recipe: convirt
              preset: test
              model_name: by-event
              steps: 20
              validation: [{layout: folders, name: {{WriteImages("validation", 8)}}}]
              evaluate:
                - zero_shot: {data: {layout: folders, name: {{test}}}, resamples: 20}
            """);

        var made = await RunAsync("dataset", "create", "-f", spec, "--watch");
        var training = await WaitUntilAsync("training", "trainings",
            t => t.GetProperty("cause").GetString() == made.GetProperty("name").GetString());
        training = await RunAsync("training", "watch", Name(training));
        var evaluation = await WaitUntilAsync("evaluation", "evaluations",
            e => e.GetProperty("cause").GetString() == Name(training) + "/0");
        evaluation = await RunAsync("evaluation", "watch", Name(evaluation));
        var curve = (await RunAsync("training", "curve", Name(training)["trainings/".Length..])).GetProperty("points").EnumerateArray()
            .ToList();

        Assert.Equal(("SUCCEEDED", "by-event"),
            (training.GetProperty("state").GetString(), training.GetProperty("model_name").GetString()));
        Assert.Equal(Enumerable.Range(1, 20), curve.Select(p => p.GetProperty("step").GetInt32()));
        Assert.All(curve.Where(p => p.GetProperty("step").GetInt32() >= 3),
            p => Assert.InRange(p.GetProperty("validation_loss").GetDouble(), 0.01, 100));
        Assert.Equal(JsonValueKind.Null, curve[0].GetProperty("validation_loss").ValueKind);
        Assert.Equal([10, 20],
            (await File.ReadAllLinesAsync(Path.Combine(training.GetProperty("model_folder").GetString()!, "curves.tsv"))).Skip(1)
                .Select(l => int.Parse(l.Split('\t')[0], CultureInfo.InvariantCulture)));
        Assert.Contains(evaluation.GetProperty("results").EnumerateArray(),
            f => f.GetProperty("metric").GetString() == "auc" && f.GetProperty("n").GetInt32() == 12);
        Assert.Equal(evaluation.GetRawText(),
            (await RunAsync("evaluation", "get", Name(evaluation), "--out", _scratch["files"])).GetRawText());
        Assert.NotEmpty(Directory.EnumerateFiles(_scratch["files"]));
        Assert.Equal(Name(training), (await RunAsync("dataset", "get", Name(made))).GetProperty("training").GetString());
    }

    [Fact]
    public async Task Cancel_RunThatWouldTakeHours_StopsItAndKeepsItsCurve()
    {
        var spec = new TrainingSpec
        {
            Recipe = "quality-judge",
            Preset = "test",
            ModelName = "endless",
            Steps = 1_000_000,
            Data = { WriteImages("data", 12) },
        };
        var name = (await new TrainerService.TrainerServiceClient(mesh.Channel).CreateTrainingAsync(
            new CreateTrainingRequest { Spec = spec })).Training.Name;
        await WaitUntilAsync("training", "trainings",
            t => Name(t) == name && t.GetProperty("progress").ValueKind == JsonValueKind.Object
                && t.GetProperty("progress").GetProperty("step").GetInt64() > 2);

        await RunAsync("training", "cancel", name);
        var (code, ended, error) = await SyncxrProcess.RunJsonAsync("training", "watch", name, "--mesh", mesh.Grpc);

        Assert.True(code == Cancelled, error);
        Assert.Equal("CANCELLED", ended.GetProperty("state").GetString());
        Assert.InRange((await RunAsync("training", "curve", name)).GetProperty("points").GetArrayLength(), 3, 100_000);
    }

    [Theory]
    [InlineData("training", "get")]
    [InlineData("training", "curve")]
    [InlineData("evaluation", "cancel")]
    public async Task Run_UnknownId_ExitsWithTwoAndNamesIt(string noun, string verb)
    {
        var id = new string('0', 32);

        var (code, _, error) = await SyncxrProcess.RunAsync(noun, verb, id, "--mesh", mesh.Grpc);

        Assert.True(code == 2, error);
        Assert.Contains($"{noun}s/{id}", error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> RunAsync(params string[] args)
    {
        var (code, result, error) = await SyncxrProcess.RunJsonAsync([.. args, "--mesh", mesh.Grpc]);
        Assert.True(code == 0, error + result);
        return result;
    }

    private async Task<JsonElement> WaitUntilAsync(string noun, string list, Func<JsonElement, bool> which)
    {
        for (var i = 0; i < 60; i++)
        {
            foreach (var found in (await RunAsync(noun, "list")).GetProperty(list).EnumerateArray().Where(which))
                return found;
            await Task.Delay(200);
        }

        throw new TimeoutException($"none of the {list} is the one that was waited for");
    }

    private static string Name(JsonElement resource) => resource.GetProperty("name").GetString()!;

    private string WriteImages(string folder, int count) => GradientImages.WriteFolder(_scratch[folder], count);
}
