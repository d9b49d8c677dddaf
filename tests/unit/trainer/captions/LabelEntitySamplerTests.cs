using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Captions;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Captions;

public sealed class LabelEntitySamplerTests
{
    private const int Samples = 200;

    [Fact]
    public void Draw_SourceThatLookedForEveryLabel_NamesAllThatIsPresentAndNothingElseAsPresent()
    {
        foreach (var findings in Findings(new Study { Id = "a", Source = "nih", Labels = ["cardiomegaly", "effusion"] }))
        {
            Assert.Equal(["abnormality/cardiomegaly", "abnormality/pleural-effusion"],
                findings.Where(f => !f.StartsWith("non-", StringComparison.Ordinal)).Order());
            Assert.Equal(6, findings.Length);
        }
    }

    [Fact]
    public void Draw_NoFinding_NamesAbsentOnesOnlyAndEachOfTheFourteenNowAndThen()
    {
        var sampled = Findings(new Study { Id = "b", Source = "nih", Labels = ["no finding"] }).SelectMany(f => f).ToList();
        Assert.All(sampled, f => Assert.StartsWith("non-", f, StringComparison.Ordinal));
        Assert.Equal(14, sampled.Distinct().Count());
    }

    [Fact]
    public void Draw_UncertainLabel_IsSaidNeitherWay()
    {
        foreach (var findings in Findings(new Study { Id = "c", Source = "nih", Labels = ["effusion"], Uncertain = ["cardiomegaly"] }))
            Assert.DoesNotContain(findings, f => f.EndsWith("cardiomegaly", StringComparison.Ordinal));
    }

    private static IEnumerable<string[]> Findings(Study study) => Enumerable.Range(0, Samples)
        .Select(i => LabelEntitySampler.Sample(study, RandomSource.Create(1, study.Id, i)) ?? throw new InvalidDataException("no labels"))
        .Select(d => d.Where(e => !e.StartsWith("anatomy/", StringComparison.Ordinal)).ToArray());
}
