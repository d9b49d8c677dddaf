using Grpc.Core;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Integration.Tests.Processes;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>
/// <c>model report</c> of the shipped models on a few real radiographs: with every service in its own process, and by the command.
/// </summary>
public sealed class ModelReportTests
{
    private static readonly string[] _labels = ["normal", "bacterial_pneumonia", "viral_pneumonia"];

    [Fact]
    public async Task GeneratorReport_EveryServiceItsOwnProcess_AsksThePeersAndKeepsItsFiles()
    {
        using var scratch = new ScratchFolder();
        if (!TryCopyRadiographs(scratch["data"], 12))
            return;
        await using var mesh = await SeparateProcessMesh.StartAsync(scratch["state"]);
        var client = new EvaluatorService.EvaluatorServiceClient(mesh.Channel("Evaluator"));
        var task = new GeneratorReportTask
        {
            Generator = "cxr-tiny-generator",
            Data = { scratch["data"] },
            ImagesPerClass = 6,
            ImagesPerFinding = 4,
            TrainingImagesPerClass = 6,
            ClassifierSteps = 3,
            Resamples = 20,
        };

        var report = (await client.CreateEvaluationAsync(
            new CreateEvaluationRequest { Spec = new EvaluationSpec { GeneratorReport = task } })).Evaluation;
        using var watch = client.WatchEvaluation(new WatchEvaluationRequest { Name = report.Name },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(6));
        await foreach (var answer in watch.ResponseStream.ReadAllAsync())
            report = answer.Evaluation;

        Assert.True(report.State == EvaluationState.Succeeded, report.Failure?.Message);
        foreach (var question in new[] { "like_real", "obeys", "worth", "diverse", "copies" })
            Assert.Contains(report.Figures, f => f.Task == question && double.IsFinite(f.Value));
        Assert.Equal(["cxr-tiny-generator", "cxr-tiny-judge"], report.Models.Select(m => m.Model));
        var sheet = Assert.Single(report.Artifacts, a => a.Name.EndsWith("/contact-sheet.png", StringComparison.Ordinal));
        Assert.Equal(sheet.Sha256, Sha256Digest.HexOf(await ReadArtifactAsync(client, sheet.Name)));
        await mesh.DrainAllAsync();
    }

    [Fact]
    public async Task ModelReport_ShippedJudge_PrintsOneObjectAndWritesItsFiles()
    {
        using var scratch = new ScratchFolder();
        if (!TryCopyRadiographs(scratch["data"], 4))
            return;
        File.WriteAllText(scratch["sizes.yaml"], "images_per_kind: 4\ngenerated_images: 4\nresamples: 20\n");

        var (code, result, error) = await SyncxrProcess.RunJsonAsync(
            "model", "report", "cxr-tiny-judge", "--data", scratch["data"], "--spec", scratch["sizes.yaml"], "--state", scratch["state"],
            "--out", scratch["out"]);

        Assert.True(code == 0, error);
        var figures = result.GetProperty("figures").EnumerateArray().ToList();
        Assert.Contains(figures,
            f => f.GetProperty("finding").GetString() == "blend-of-two" && f.GetProperty("metric").GetString() == "missed_middle");
        Assert.Contains(figures, f => f.GetProperty("finding").GetString() == "2 steps" && f.GetProperty("n").GetString() == "4");
        Assert.Equal(["faults.png", "figures.md", "generated.png", "report.json"],
            Directory.GetFiles(scratch["out"]).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("cxr-tiny-judge", "--data")]
    [InlineData("cxr-tiny-generator", "--data")]
    [InlineData("rembrandt", "name")]
    public async Task ModelReport_BadInput_NamesTheFieldAndExitsWith2(string model, string field)
    {
        using var scratch = new ScratchFolder();

        var (code, result, _) = await SyncxrProcess.RunJsonAsync("model", "report", model, "--data", scratch["absent"], "--state",
            scratch["state"]);

        Assert.Equal(2, code);
        Assert.Equal(field, result.GetProperty("error").GetProperty("fields")[0].GetString());
    }

    private static async Task<byte[]> ReadArtifactAsync(EvaluatorService.EvaluatorServiceClient client, string name)
    {
        using var call = client.ReadArtifact(new ReadArtifactRequest { Name = name });
        using var bytes = new MemoryStream();
        await foreach (var part in call.ResponseStream.ReadAllAsync())
            part.Data.WriteTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Copies the first real radiographs of each class, of the training part and of the held-out part.</summary>
    private static bool TryCopyRadiographs(string into, int count)
    {
        if (!SharedData.TryFind("kermany-cxr-224", out var kermany))
            return false;
        foreach (var part in new[] { "train", "valid" })
        {
            foreach (var label in _labels)
            {
                var folder = Directory.CreateDirectory(Path.Combine(into, part, label)).FullName;
                foreach (var file in Directory.EnumerateFiles(Path.Combine(kermany, part, label)).Order(StringComparer.Ordinal).Take(count))
                    File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }
        }

        return true;
    }
}
