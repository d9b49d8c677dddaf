using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

public sealed class ShippedVocabularyTests
{
    [Fact]
    public void Shipped_Always_HoldsWhatTheGeneratorsWereTrainedOn()
    {
        string[] trained =
        [
            "consolidation", "interstitial-pattern", "interstitial-opacities", "diffuse-opacities", "cardiomegaly", "pleural-effusion",
            "infiltrate", "lung-mass",
            "pulmonary-nodule", "pneumothorax", "fibrosis", "pleural-thickening", "atelectasis",
        ];
        string[] diseases = ["pneumonia", "bacterial-pneumonia", "viral-pneumonia", "pulmonary-edema", "emphysema", "hernia"];
        Assert.All(trained,
            c => Assert.True(EntityVocabulary.Shipped.TryGet("abnormality/" + c, out _)
                && EntityVocabulary.Shipped.TryGet("non-abnormality/" + c, out _), c));
        Assert.All(diseases,
            c => Assert.True(EntityVocabulary.Shipped.TryGet("disease/" + c, out _)
                && EntityVocabulary.Shipped.TryGet("non-disease/" + c, out _), c));
        Assert.All(["clear-lungs", "normal-heart-size", "no-acute-cardiopulmonary-abnormality"],
            c => Assert.True(EntityVocabulary.Shipped.TryGet("non-abnormality/" + c, out _), c));
        Assert.True(EntityVocabulary.Shipped.Entities.Count(e => e.Type == EntityType.Anatomy) >= 100);
    }

    [Theory]
    [InlineData("abnormality/consolidation", "non-abnormality/consolidation")]
    [InlineData("non-abnormality/clear-lungs", "abnormality/consolidation")]
    [InlineData("non-abnormality/clear-lungs", "disease/viral-pneumonia")]
    [InlineData("non-disease/pneumonia", "disease/bacterial-pneumonia")]
    [InlineData("non-abnormality/normal-heart-size", "abnormality/cardiomegaly")]
    [InlineData("abnormality/low-lung-volumes", "abnormality/hyperinflation")]
    public void Contradicts_OppositeEntities_IsTrueBothWays(string first, string second)
    {
        var (a, b) = (Get(first), Get(second));
        Assert.True(a.Contradicts(b) && b.Contradicts(a));
    }

    [Theory]
    [InlineData("non-abnormality/clear-lungs", "non-abnormality/consolidation")]
    [InlineData("non-abnormality/clear-lungs", "abnormality/pacemaker")]
    [InlineData("disease/pneumonia", "disease/bacterial-pneumonia")]
    [InlineData("abnormality/consolidation", "anatomy/lungs")]
    public void Contradicts_EntitiesOfOneReport_IsFalse(string first, string second) => Assert.False(Get(first).Contradicts(Get(second)));

    [Fact]
    public void Shipped_EveryWording_IsTaggedAsItsOwnConcept()
    {
        foreach (var entity in EntityVocabulary.Shipped.Entities.Where(e => !e.IsNegative))
        {
            Assert.All(entity.Synonyms.Append(entity.Term), wording =>
                Assert.Contains(LexiconTagger.Shipped.Tag(wording), m => m.Concept == entity.Concept && m.Start == 0));
        }
    }

    [Fact]
    public void Shipped_EveryExcludedConcept_Exists()
    {
        var concepts = EntityVocabulary.Shipped.Entities.Where(e => !e.IsNegative).Select(e => e.Concept).ToHashSet();
        Assert.All(EntityVocabulary.Shipped.Entities.SelectMany(e => e.Excludes), c => Assert.Contains(c, concepts));
    }

    private static Entity Get(string id) => EntityVocabulary.Shipped.TryGet(id, out var entity)
        ? entity : throw new KeyNotFoundException(id);
}
