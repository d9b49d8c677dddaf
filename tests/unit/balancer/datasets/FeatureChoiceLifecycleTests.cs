using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>Data sets that choose features and bad bank apart from their judge.</summary>
public sealed class FeatureChoiceLifecycleTests
{
    [Fact]
    public async Task CreateDataset_EmbeddingAndBank_AreAskedForByDigestAndStandInManifestAndCard()
    {
        var options = new PeerOptions { HasEncoder = true };
        var done = await RunAsync(options, new CurationSettings { Embedding = "features", Bank = "blurred" });

        Assert.Equal(["assess features:e blurred:b", "duplicates features:e own"],
            options.FeatureChoices.Keys.Order(StringComparer.Ordinal));
        var curation = DatasetManifest.Read(done.Location).Spec.Curation;
        Assert.Equal(("features", new string('e', 64)), (curation.Embedding!.Name, curation.Embedding.Digest));
        Assert.Equal(new ResolvedBank("blurred", new string('b', 64), 0.9), curation.Bank);
        var card = await File.ReadAllTextAsync(Path.Combine(done.Location, "README.md"));
        Assert.Contains("| features | features | 1 |", card, StringComparison.Ordinal);
        Assert.Contains("Bank of known-bad images: blurred", card, StringComparison.Ordinal);
        await SealedDataset.OpenAsync(done.Location, CancellationToken.None); // holds every byte against the manifest
    }

    [Fact]
    public async Task CreateDataset_JudgeNamedAsEmbedding_IsTheSameSpecAsNone()
    {
        var options = new PeerOptions();
        var named = await RunAsync(options, new CurationSettings { Embedding = "hash" });
        var plain = await RunAsync(new PeerOptions(), null);

        Assert.Equal(plain.SpecDigest, named.SpecDigest);
        Assert.Equal(plain.Root, named.Root);
        Assert.Equal(["assess own own", "duplicates own own"], options.FeatureChoices.Keys.Order(StringComparer.Ordinal));
        var spec = DatasetManifest.Read(plain.Location).Spec.ToCanonicalJson();
        Assert.DoesNotContain("embedding", spec, StringComparison.Ordinal);
        Assert.DoesNotContain("bank", spec, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_BankOfTheJudgesFeatures_NeedsNoEncoder()
    {
        var options = new PeerOptions();
        var done = await RunAsync(options, new CurationSettings { Bank = "of-judge" });

        Assert.Contains("assess own of-judge:b", options.FeatureChoices.Keys);
        Assert.Equal(0.8, DatasetManifest.Read(done.Location).Spec.Curation.Bank!.Threshold);
    }

    [Theory]
    [InlineData("unknown", "", "spec.curation.embedding", "none of features")]
    [InlineData("features", "unknown", "spec.curation.bank", "syncxr bank build")]
    [InlineData("features", "raw", "spec.curation.bank", "syncxr bank thresholds raw")]
    [InlineData("features", "broken", "spec.curation.bank", "is missing")]
    [InlineData("features", "of-judge", "spec.curation.bank", "was made with")]
    [InlineData("", "blurred", "spec.curation.bank", "was made with")]
    public async Task CreateDataset_WhatDoesNotGoTogether_IsRefusedByField(string embedding, string bank, string field, string part)
    {
        var spec = BalancerTestMesh.CreateSpec(12);
        spec.Curation = new CurationSettings { Embedding = embedding, Bank = bank };
        var options = new PeerOptions { HasEncoder = true };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), options);

        var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => mesh.CreateAsync(spec));

        Assert.Contains(field, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(part, refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<ImageReportDataset> RunAsync(PeerOptions settings, CurationSettings? curation)
    {
        var spec = BalancerTestMesh.CreateSpec(12);
        spec.Curation = curation;
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(spec)).Name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure} {done.Counts}");
        return done;
    }
}
