using SynCxr.Mesh.Curation.Encoders.Banks;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Encoders.Banks;

public sealed class BankThresholdTests
{
    [Fact]
    public void Choose_ExamplesApart_LiesMidwayBetweenThem()
    {
        var chosen = BankThreshold.Choose([0.1, 0.3, 0.5], [0.7, 0.8], mostFalseRejects: 0);

        Assert.Equal(0.6, chosen.Cosine, 12);
        Assert.Equal((0, 0), (chosen.FalseRejects.Hits, chosen.FalseAccepts.Hits));
    }

    [Theory]
    [InlineData(0, 0.85, 0, 2)] // nothing good may be lost, so two bad ones stay
    [InlineData(0.25, 0.65, 1, 0)] // one of four may, and that is enough for all bad ones
    [InlineData(0.5, 0.65, 1, 0)] // more loss gains nothing
    public void Choose_ExamplesThatOverlap_KeepsToTheShareOfGoodOnes(double most, double cosine, int rejects, int accepts)
    {
        var chosen = BankThreshold.Choose([0.2, 0.4, 0.6, 0.8], [0.7, 0.75, 0.9], most);

        Assert.Equal(cosine, chosen.Cosine, 12);
        Assert.Equal((rejects, accepts), (chosen.FalseRejects.Hits, chosen.FalseAccepts.Hits));
    }

    [Fact]
    public void Choose_AGoodExampleOfTheBankItself_StillGivesAThreshold()
    {
        var chosen = BankThreshold.Choose([1, 0.2], [0.5], mostFalseRejects: 0);

        Assert.Equal((1, 1), (chosen.Cosine, chosen.FalseRejects.Hits));
    }
}
