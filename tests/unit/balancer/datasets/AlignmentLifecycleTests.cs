using System.Text.Json.Nodes;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>Data sets whose verdicts say how near each image is to its report.</summary>
public sealed class AlignmentLifecycleTests
{
    private const int Pairs = 12;

    [Fact]
    public async Task CreateDataset_WithoutThreshold_RecordsTheAlignmentOfEachPairAndRejectsNothing()
    {
        var options = new PeerOptions { HasAligner = true };
        var done = await RunAsync(options, new CurationSettings { Alignment = "aligner" });
        var again = await RunAsync(new PeerOptions { HasAligner = true }, new CurationSettings { Alignment = "aligner" });
        var plain = await RunAsync(new PeerOptions(), null);

        Assert.Equal(done.Root, again.Root);
        Assert.NotEqual(plain.SpecDigest, done.SpecDigest);
        var curation = DatasetManifest.Read(done.Location).Spec.Curation;
        Assert.Equal(("aligner", new string('f', 64)), (curation.Alignment!.Model.Name, curation.Alignment.Model.Digest));
        Assert.Null(curation.Alignment.Threshold);
        var set = await SealedDataset.OpenAsync(done.Location, CancellationToken.None);
        var verdicts = set.Pairs.Select(pair => JsonNode.Parse(pair.Verdict)!["alignment"]!).ToList();
        Assert.All(verdicts, found => Assert.InRange((double)found["similarity"]!, 0, 0.99));
        Assert.All(verdicts, found => Assert.Null(found["threshold"]));
        Assert.True(verdicts.Select(found => (double)found["similarity"]!).Distinct().Count() > 1);
        Assert.All(set.Pairs, pair => Assert.Contains(pair.Sections, options.AlignedTexts));
        Assert.DoesNotContain("misaligned", done.Counts.Rejected.Keys);
        var card = await File.ReadAllTextAsync(Path.Combine(done.Location, "README.md"));
        Assert.Contains("| alignment | aligner | 1 |", card, StringComparison.Ordinal);
        Assert.Contains("It was recorded and decided nothing.", card, StringComparison.Ordinal);
        var figures = ReadManifest(done)["figures"]!["alignment"]!;
        double[] sorted = [.. verdicts.Select(found => (double)found["similarity"]!).Order()];
        Assert.Equal((sorted[0], (sorted[5] + sorted[6]) / 2, sorted[^1], 0),
            ((double)figures["min"]!, (double)figures["median"]!, (double)figures["max"]!, (int)figures["truncated"]!));
        var plainSpec = DatasetManifest.Read(plain.Location).Spec.ToCanonicalJson();
        Assert.DoesNotContain("alignment", plainSpec, StringComparison.Ordinal);
        Assert.DoesNotContain("lignment", await File.ReadAllTextAsync(Path.Combine(plain.Location, "README.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "rejects pairs that belong together: 4 of 20 (20.0 %, 8.1 % to 41.6 %), and accepts shuffled ones: 0 of 10")]
    [InlineData(false, "was not measured")]
    public async Task CreateDataset_WithThreshold_RejectsWhatIsBelowItAndTheCardSaysWhatThatDoes(bool hasExamples, string part)
    {
        var options = new PeerOptions { HasAligner = true, HasAlignmentExamples = hasExamples };
        var done = await RunAsync(options, new CurationSettings { Alignment = "aligner", AlignmentThreshold = 0.25 });

        var set = await SealedDataset.OpenAsync(done.Location, CancellationToken.None);
        Assert.All(set.Pairs, pair =>
        {
            var found = JsonNode.Parse(pair.Verdict)!["alignment"]!;
            Assert.Equal((0.25, false), ((double)found["threshold"]!, (bool)found["refused"]!));
            Assert.InRange((double)found["similarity"]!, 0.25, 0.99);
        });
        var manifest = ReadManifest(done);
        Assert.True((int)manifest["figures"]!["rejected"]!["misaligned"]! > 0);
        Assert.Equal(0.25, (double)manifest["spec"]!["curation"]!["alignment"]!["threshold"]!);
        var engine = manifest["engines"]!.AsArray().Single(engine => (string)engine!["kind"]! == "vision-language")!;
        Assert.Equal(hasExamples, engine["examples"] is not null);
        var card = await File.ReadAllTextAsync(Path.Combine(done.Location, "README.md"));
        Assert.Contains("Images below 0.25 were rejected.", card, StringComparison.Ordinal);
        Assert.Contains(part, card, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody", null, "spec.curation.alignment", "Unknown image-text model 'nobody'")]
    [InlineData("hash", null, "spec.curation.alignment", "'hash'")]
    [InlineData("aligner", 1.01, "spec.curation.alignment_threshold", "is 1.01; -1 to 1")]
    [InlineData("aligner", -2.0, "spec.curation.alignment_threshold", "is -2; -1 to 1")]
    [InlineData("aligner", double.NaN, "spec.curation.alignment_threshold", "is NaN")]
    [InlineData("", 0.5, "spec.curation.alignment_threshold", "without spec.curation.alignment")]
    public async Task CreateDataset_WhatCannotBeMeasured_IsRefusedByField(string model, double? threshold, string field, string part)
    {
        var spec = BalancerTestMesh.CreateSpec(Pairs);
        spec.Curation = new CurationSettings { Alignment = model };
        if (threshold is { } cosine)
            spec.Curation.AlignmentThreshold = cosine;
        await using var mesh = await BalancerTestMesh.StartAsync(
            BalancerTestMesh.CreateStateFolder(), new PeerOptions { HasAligner = true });

        var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => mesh.CreateAsync(spec));

        Assert.Contains(field, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(part, refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_CurationThatDoesNotKnowTheQuestion_PausesInsteadOfLeavingItOut()
    {
        var spec = BalancerTestMesh.CreateSpec(Pairs);
        spec.Curation = new CurationSettings { Alignment = "aligner" };
        await using var mesh = await BalancerTestMesh.StartAsync(
            BalancerTestMesh.CreateStateFolder(), new PeerOptions { HasAligner = true, IgnoresAlignment = true });

        var done = await mesh.WatchAsync((await mesh.CreateAsync(spec)).Name);

        Assert.Equal(DatasetState.Paused, done.State);
        Assert.Contains("how near the image is to its report", done.Failure!.Message, StringComparison.Ordinal);
    }

    private static JsonNode ReadManifest(ImageReportDataset done) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(done.Location, "manifest.json")))!;

    private static async Task<ImageReportDataset> RunAsync(PeerOptions settings, CurationSettings? curation)
    {
        var spec = BalancerTestMesh.CreateSpec(Pairs);
        spec.Curation = curation;
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(spec)).Name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure} {done.Counts}");
        return done;
    }
}
