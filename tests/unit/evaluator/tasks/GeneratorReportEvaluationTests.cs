using SynCxr.Mesh.Evaluator.Tests.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Tasks;

/// <summary>The whole report on made-up radiographs, with generators whose faults are known.</summary>
public sealed class GeneratorReportEvaluationTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public GeneratorReportEvaluationTests() => RenderedRadiographs.WriteSet(_scratch["data"], train: 40, valid: 16);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Report_ObedientGenerator_ObeysIsWorthSomethingAndIsAsNearAsRealOnes()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings());

        var report = await mesh.RunAsync(Spec());

        Assert.True(report.State == EvaluationState.Succeeded, report.Failure?.Message);
        foreach (var pair in new[] { "normal/bacterial", "normal/viral", "bacterial/viral" })
        {
            Assert.InRange(Value(report, "obeys", pair, "auc_real"), 0.95, 1);
            Assert.True(Find(report, "obeys", pair, "auc_ratio") is { Value: > 0.95, Holds: true, HasLow: true });
        }

        Assert.True(Find(report, "worth", "normal vs rest", "auc_trained_on_generated") is { Value: > 0.95, Holds: true });
        Assert.True(Find(report, "copies", "generated", "near_copies") is { Value: 0, Holds: true });
        var swapped = Value(report, "like_real", "kermany class-swapped", "kernel_distance");
        Assert.InRange(Value(report, "like_real", "kermany generated", "kernel_distance"), double.NegativeInfinity, swapped / 2);
        Assert.InRange(Value(report, "like_real", "kermany real train", "kernel_distance"), double.NegativeInfinity, swapped / 2);
        Assert.Equal(["disease/bacterial-pneumonia", "disease/viral-pneumonia"], report.Depicts);
        Assert.Contains(report.Notes, n => n.Contains("'nih'", StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.Contains("abnormality/pleural-effusion", StringComparison.Ordinal));
        Assert.Equal(["contact-sheet.png", "figures.md", "nearest.png", "report.json"],
            report.Artifacts.Select(a => a.Name.Split('/')[^1]).Order());
    }

    [Fact]
    public async Task Report_GeneratorThatIgnoresItsPrompt_HoldsNowhereAndDepictsNothing()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings { Obeys = false });

        var report = await mesh.RunAsync(Spec());

        Assert.True(report.State == EvaluationState.Succeeded, report.Failure?.Message);
        Assert.InRange(Value(report, "obeys", "normal/bacterial", "auc"), 0.2, 0.8);
        Assert.True(Find(report, "obeys", "normal/bacterial", "auc_ratio") is { HasHolds: true, Holds: false });
        Assert.Empty(report.Depicts);
    }

    [Fact]
    public async Task Report_GeneratorThatCopies_IsFoundOut()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings { Copies = true });
        var spec = Spec();
        // As many as there are to copy.
        (spec.GeneratorReport.ImagesPerClass, spec.GeneratorReport.TrainingImagesPerClass, spec.GeneratorReport.ImagesPerFinding) = (24, 24,
            24);
        spec.GeneratorReport.Seed = 0;

        var report = await mesh.RunAsync(spec);

        Assert.True(report.State == EvaluationState.Succeeded, report.Failure?.Message);
        Assert.True(Find(report, "copies", "generated", "near_copies") is { Value: > 0.5, Holds: false });
        Assert.InRange(Value(report, "copies", "real valid", "near_copies"), 0, 0.01);
    }

    [Fact]
    public async Task Report_SecondTime_DrawsNothingAnewAndFindsTheSameFigures()
    {
        var settings = new EvaluatorPeerSettings();
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], settings);
        var first = await mesh.RunAsync(Spec());
        var rendered = settings.Rendered;
        var classifiers = Classifiers();

        var second = await mesh.RunAsync(Spec());

        Assert.True(first.State == EvaluationState.Succeeded, first.Failure?.Message);
        Assert.NotEqual(first.Name, second.Name);
        Assert.Equal(rendered, settings.Rendered);
        Assert.Equal(classifiers, Classifiers());
        Assert.All(classifiers, c => Assert.EndsWith(".safetensors", c.File, StringComparison.Ordinal));
        Assert.Equal(first.Figures.Count, second.Figures.Count);
        var changed = first.Figures.Zip(second.Figures).Where(f => !f.First.Equals(f.Second)).Select(f => $"{f.First} was, {f.Second} is")
            .ToList();
        Assert.True(changed.Count == 0, string.Join('\n', changed));
    }

    private (string File, DateTime Written)[] Classifiers() =>
        [.. Directory.GetFiles(Path.Combine(_scratch["state"], "evaluator-cache", "local", "classifiers")).Order()
            .Select(f => (f, File.GetLastWriteTimeUtc(f)))];

    private EvaluationSpec Spec() => new()
    {
        GeneratorReport = new GeneratorReportTask
        {
            Generator = "painter",
            Data = { _scratch["data"] },
            Seed = 1,
            ImagesPerClass = 24,
            ImagesPerFinding = 16,
            TrainingImagesPerClass = 32,
            ClassifierSteps = 36,
            Resamples = 60,
        },
    };

    private static Figure Find(Evaluation report, string task, string finding, string metric) =>
        Assert.Single(report.Figures, f => f.Task == task && f.Finding == finding && f.Metric == metric);

    private static double Value(Evaluation report, string task, string finding, string metric) => Find(report, task, finding, metric).Value;
}
