using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>Data sets whose reports several checks read.</summary>
public sealed class CheckAgreementTests
{
    [Fact]
    public async Task Seal_SpecWithTwoChecks_CountsTheTextsThatPassEach()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        var sealedOne = await SealAsync(mesh, "plain-check", "second-check");

        var manifest = DatasetManifest.Read(sealedOne.Location);
        var checks = manifest.Figures["checks"]!;
        Assert.Equal((18, 18, 12, 12, 18), ((int)checks["texts"]!, (int)checks["passed"]!["plain-check"]!,
            (int)checks["passed"]!["second-check"]!, (int)checks["passed_all"]!, (int)checks["passed_any"]!));
        Assert.Equal(["plain-check", "second-check"], manifest.Spec.Report.Checkers.Select(check => check.Name));
        var card = await File.ReadAllTextAsync(Path.Combine(sealedOne.Location, "README.md"));
        Assert.Contains("of 18 written: plain-check alone 18, second-check alone 12, all 12", card, StringComparison.Ordinal);
        Assert.Contains("| entity check | second-check | 1 |", card, StringComparison.Ordinal);
        Assert.Empty((await SealedDatasetVerifier.VerifyAsync(sealedOne.Location, CancellationToken.None)).Problems);
        Assert.Contains("checks:", await File.ReadAllTextAsync(Path.Combine(sealedOne.Location, "spec.yaml")), StringComparison.Ordinal);
        var replay = await PairReplay.ReadAsync(sealedOne.Location, 0, CancellationToken.None);
        Assert.Equal(["plain-check", "second-check"], replay.ReportSpec.Checks);
    }

    [Fact]
    public async Task Digest_DefaultCheckNamed_IsThatOfNoneNamed()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        var (none, named, other) = (await SealAsync(mesh), await SealAsync(mesh, "plain-check"), await SealAsync(mesh, "second-check"));

        Assert.Equal((none.SpecDigest, none.Root), (named.SpecDigest, named.Root));
        Assert.NotEqual(none.SpecDigest, other.SpecDigest);
        Assert.False(DatasetManifest.Read(none.Location).Figures.ContainsKey("checks"));
        Assert.Equal("second-check", DatasetManifest.Read(other.Location).Spec.Report.Checker.Name);
    }

    [Theory]
    [InlineData("spec.report.checks[1]", "plain-check", "third-check")]
    [InlineData("spec.report.checks", "plain-check", "plain-check")]
    public async Task CreateDataset_ChecksThatCantBeAsked_NamesTheField(string field, params string[] checks)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        var refusal = await Assert.ThrowsAsync<RpcException>(() => SealAsync(mesh, checks));
        Assert.Contains(field, refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<ImageReportDataset> SealAsync(BalancerTestMesh mesh, params string[] checks)
    {
        var spec = BalancerTestMesh.CreateSpec(6);
        spec.Report ??= new ReportSettings();
        spec.Report.Checks.Add(checks);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(spec)).Name);
        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        return done;
    }
}
