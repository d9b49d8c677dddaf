using System.Text.Json.Nodes;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Dataset;

/// <summary>What a spec leaves out must not change the digest of the sets that were sealed before the field was there.</summary>
public sealed class ResolvedSpecTests
{
    private const string PinnedDigest = "6d596a8b44c2521e7336f1ac51442c63a29869619c91f56e1e939fbd575b540a";

    private static ResolvedSpec Sealed => DatasetManifest.Read(SealedSetFixture.Folder).Spec;

    [Fact]
    public void Digest_NoSamplingAndNoWeights_IsThatOfTheSealedSet()
    {
        Assert.Equal(PinnedDigest, Sealed.Digest);
        Assert.Null(ImageSettingsMapping.ToJson(null));
        Assert.Null(ImageSettingsMapping.ToJson(new SamplingSettings()));
        Assert.Null(JsonNode.Parse(Sealed.ToCanonicalJson())!["image"]!["sampling"]);
        Assert.Null(PairSpecMapping.ToImageSpec(Sealed.Image, "clear lungs", 1).Sampling);
    }

    [Fact]
    public void Digest_SamplingOrWeights_AreInIt()
    {
        var sampling = new SamplingSettings { Eta = 0, GuidanceRescale = 0.7, Timesteps = { 999, 500.5 }, Order = 2 };
        var sampled = Sealed with { Image = Sealed.Image with { Sampling = ImageSettingsMapping.ToJson(sampling) } };
        var weighted = Sealed with { Draw = Sealed.Draw with { Weights = new Dictionary<string, double> { ["anatomy/heart"] = 2.5 } } };

        Assert.Contains("""
            "sampling":{"eta":0,"guidance_rescale":0.7,"order":2,"timesteps":[999,500.5]}
            """.Trim(), sampled.ToCanonicalJson(), StringComparison.Ordinal);
        Assert.Contains("""
            "weights":{"anatomy/heart":2.5}
            """.Trim(), weighted.ToCanonicalJson(), StringComparison.Ordinal);
        Assert.Equal(3, new[] { PinnedDigest, sampled.Digest, weighted.Digest }.Distinct().Count());
        Assert.All([sampled, weighted], spec => Assert.Equal(spec.Digest, ResolvedSpec.Parse(spec.ToCanonicalJson()).Digest));
        Assert.Equal(sampling,
            PairSpecMapping.ToImageSpec(ResolvedSpec.Parse(sampled.ToCanonicalJson()).Image, "clear lungs", 1).Sampling);
    }
}
