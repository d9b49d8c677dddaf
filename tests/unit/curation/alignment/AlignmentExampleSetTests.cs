using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Alignment;

public sealed class AlignmentExampleSetTests
{
    private static readonly AlignmentExampleSet _examples = new("m", new string('a', 64), "d",
        [0.9, 0.8, 0.7, 0.6, 0.1], [0.65, 0.3, 0.2, 0.0]);

    [Theory]
    [InlineData(-1, 0, 4)]
    [InlineData(0.1, 0, 3)]
    [InlineData(0.6, 1, 1)]
    [InlineData(0.65, 2, 1)] // at the threshold a pair is kept
    [InlineData(1, 5, 0)]
    public void Measure_Threshold_RefusesWhatIsBelowIt(double threshold, int rejected, int accepted)
    {
        var (falseRejects, falseAccepts) = _examples.Measure(threshold);
        Assert.Equal((new WilsonInterval(rejected, 5), new WilsonInterval(accepted, 4)), (falseRejects, falseAccepts));
    }

    [Theory]
    [InlineData(0, 0.05)] // midway between 0.0 and 0.1
    [InlineData(0.2, 0.45)] // between 0.3 and 0.6
    [InlineData(1, 0.85)]
    public void Choose_Share_IsTheHighestThresholdThatKeepsToIt(double share, double threshold) =>
        Assert.Equal(threshold, _examples.Choose(share), 1e-12);

    [Fact]
    public void Write_Examples_AreReadBackByTheDigestOfTheirModel()
    {
        using var folder = new ScratchFolder();
        AlignmentExamplesFile.Write(folder["new"], _examples);

        var read = AlignmentExamplesFile.Find(folder["new"], _examples.ModelDigest)!;
        Assert.Equal(_examples.Matched, read.Matched);
        Assert.Equal(_examples.Shuffled, read.Shuffled);
        Assert.Null(AlignmentExamplesFile.Find(folder["new"], new string('b', 64)));
        File.Move(AlignmentExamplesFile.PathOf(folder["new"], _examples.ModelDigest),
            AlignmentExamplesFile.PathOf(folder["new"], new string('b', 64)));
        var refusal = Assert.Throws<InvalidDataException>(() => AlignmentExamplesFile.Find(folder["new"], new string('b', 64)));
        Assert.Contains("model_digest", refusal.Message, StringComparison.Ordinal);
    }
}
