using Grpc.Core;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Evaluator.Faults;
using SynCxr.Mesh.Evaluator.Tests.Peers;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Tasks;

public sealed class JudgeReportEvaluationTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public JudgeReportEvaluationTests()
    {
        RenderedRadiographs.WriteSet(_scratch["data"], train: 4, valid: 8);
        RenderedRadiographs.WriteSet(_scratch["elsewhere"], train: 2, valid: 0);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Report_JudgeThatLooksAtTheLungs_HasBothErrorRatesByKindAndStrength()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings());

        var report = await mesh.RunAsync(Spec());

        Assert.True(report.State == EvaluationState.Succeeded, report.Failure?.Message);
        foreach (var kind in TestFaults.All)
        {
            foreach (var strength in TestFaults.Strengths)
                Assert.InRange(Assert.Single(report.Figures, f => f.Finding == kind.Name && f.Metric == "missed_" + strength).Value, 0, 1);
        }

        Assert.Equal(0, Assert.Single(report.Figures, f => f is { Task: "real", Finding: "kermany valid" }).Value);
        Assert.Equal(6, Assert.Single(report.Figures, f => f is { Task: "real", Finding: "elsewhere" }).N);
        // Its lungs and middle stay where they are upside down; a collage has them elsewhere.
        Assert.Equal(1, Assert.Single(report.Figures, f => f is { Finding: "vertical-flip", Metric: "missed_middle" }).Value);
        Assert.InRange(Assert.Single(report.Figures, f => f is { Finding: "collage-3x3", Metric: "missed_middle" }).Value, 0, 0.5);
        Assert.True(Assert.Single(report.Figures, f => f is { Finding: "2 steps" }) is { Value: 1, Holds: true });
        Assert.True(Assert.Single(report.Figures, f => f is { Finding: "guidance 30" }) is { Value: 1, Holds: true });
        var accepted = Assert.Single(report.Figures, f => f is { Finding: "default" });
        Assert.Equal(accepted.Value is >= 0.5 and <= 0.98, accepted.Holds);
        var balanced = Assert.Single(report.Figures, f => f is { Finding: "all", Metric: "balanced_accuracy_middle" });
        Assert.Equal(report.Figures.Where(f => f.Metric == "balanced_accuracy_middle" && f.Finding != "all").Average(f => f.Value),
            balanced.Value, 9);
        Assert.True(balanced is { HasLow: true, HasHigh: true, AtLeast: 0.93 });
    }

    [Fact]
    public async Task ReadArtifact_EveryFileOfAReport_ComesWithItsDigest()
    {
        await using var mesh = await EvaluatorTestMesh.StartAsync(_scratch["state"], new EvaluatorPeerSettings());

        var report = await mesh.RunAsync(Spec());

        Assert.NotEmpty(report.Artifacts);
        foreach (var artifact in report.Artifacts)
        {
            using var call = mesh.Client.ReadArtifact(new ReadArtifactRequest { Name = artifact.Name });
            using var bytes = new MemoryStream();
            await foreach (var part in call.ResponseStream.ReadAllAsync())
            {
                Assert.Equal(bytes.Length, part.Offset);
                Assert.InRange(part.Data.Length, 1, 64 * 1024);
                part.Data.WriteTo(bytes);
            }

            Assert.Equal(artifact.Sha256, Sha256Digest.HexOf(bytes.ToArray()));
        }
    }

    private EvaluationSpec Spec() => new()
    {
        JudgeReport = new JudgeReportTask
        {
            Judge = "blocks",
            Data = { _scratch["data"] },
            Outside = { _scratch["elsewhere"] },
            Seed = 1,
            ImagesPerKind = 12,
            GeneratedImages = 8,
            Resamples = 40,
        },
    };
}
