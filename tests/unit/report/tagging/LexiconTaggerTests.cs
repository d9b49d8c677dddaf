using SynCxr.Mesh.Report.Tagging;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Tagging;

public sealed class LexiconTaggerTests
{
    [Theory]
    [InlineData("There is a small left pleural effusion.", "pleural-effusion", Certainty.Present)]
    [InlineData("No pleural effusion or pneumothorax.", "pneumothorax", Certainty.Absent)]
    [InlineData("No evidence of focal consolidation, pneumothorax, or pleural effusion is seen.", "pleural-effusion", Certainty.Absent)]
    [InlineData("The previously seen effusion has resolved.", "pleural-effusion", Certainty.Absent)]
    [InlineData("Interval resolution of the right pleural effusion.", "pleural-effusion", Certainty.Absent)]
    [InlineData("Pneumothorax is no longer seen.", "pneumothorax", Certainty.Absent)]
    [InlineData("No change in the right pleural effusion.", "pleural-effusion", Certainty.Present)]
    [InlineData("No significant interval change in cardiomegaly.", "cardiomegaly", Certainty.Present)]
    [InlineData("Opacity may represent pneumonia.", "pneumonia", Certainty.Uncertain)]
    [InlineData("Possible pneumonia.", "pneumonia", Certainty.Uncertain)]
    [InlineData("Pneumonia cannot be excluded.", "pneumonia", Certainty.Uncertain)]
    [InlineData("Cannot exclude pneumonia.", "pneumonia", Certainty.Uncertain)]
    [InlineData("No pneumothorax, but there is a pleural effusion.", "pleural-effusion", Certainty.Present)]
    [InlineData("No focal consolidation, the heart is enlarged.", "cardiomegaly", Certainty.Present)]
    [InlineData("The hila are not enlarged.", "hilar-enlargement", Certainty.Absent)]
    [InlineData("Lungs are clear of infiltrate.", "infiltrate", Certainty.Absent)]
    [InlineData("Cardiomegaly without overt edema.", "cardiomegaly", Certainty.Present)]
    [InlineData("Cardiomegaly without overt edema.", "pulmonary-edema", Certainty.Absent)]
    [InlineData("The thoracic aorta is tortuous and calcified.", "tortuous-aorta", Certainty.Present)]
    [InlineData("The thoracic aorta is tortuous and calcified.", "aortic-calcification", Certainty.Present)]
    [InlineData("There is elevation of the right hemidiaphragm.", "elevated-hemidiaphragm", Certainty.Present)]
    [InlineData("Heart size and mediastinal contours are within normal limits.", "normal-mediastinum", Certainty.Absent)]
    [InlineData("Heart size and mediastinal contours are within normal limits.", "normal-heart-size", Certainty.Absent)]
    [InlineData("Air-space opacity in the left base.", "airspace-opacity", Certainty.Present)]
    public void Tag_OneSentence_FindsItsCertainty(string text, string concept, Certainty certainty)
    {
        var mention = Assert.Single(LexiconTagger.Shipped.Tag(text), m => m.Concept == concept);
        Assert.Equal(certainty, mention.Certainty);
    }

    [Fact]
    public void Tag_NegatedFinding_CarriesTheIdOfTheNegatedEntity()
    {
        var ids = LexiconTagger.Shipped.Tag("No pneumonia. Clear lungs. Consolidation in the left lower lobe.").Select(m => m.EntityId);
        Assert.Equal(
            ["non-disease/pneumonia", "non-abnormality/clear-lungs", "anatomy/lungs", "abnormality/consolidation",
                "anatomy/left-lower-lobe"], ids);
    }

    [Fact]
    public void Tag_AnyText_OffsetsPointAtTheWords()
    {
        const string text = "FINDINGS: 1. Bibasilar   Atelectasis;\nno PNEUMOTHORAX.";
        Assert.Equal(["Atelectasis", "PNEUMOTHORAX"], LexiconTagger.Shipped.Tag(text).Select(m => text.Substring(m.Start, m.Length)));
    }

    [Fact]
    public void Tag_PlaceInsideTheWordingOfAFinding_IsImplied()
    {
        var heart = Assert.Single(LexiconTagger.Shipped.Tag("The heart is normal in size."), m => m.EntityId == "anatomy/heart");
        var lobe = Assert.Single(LexiconTagger.Shipped.Tag("Nodule in the right upper lobe."),
            m => m.EntityId == "anatomy/right-upper-lobe");
        Assert.True(heart.Implied);
        Assert.False(lobe.Implied);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n.;,")]
    [InlineData("((((((((")]
    [InlineData("XXXX XXXX 1.5 2.")]
    public void Tag_NothingToFind_IsEmpty(string text) => Assert.Empty(LexiconTagger.Shipped.Tag(text));

    [Fact]
    public void Tag_CheXpertSampleReports_GiveTheirPublishedLabels()
    {
        var samples = new (string Text, string[] Present, string[] Absent, string[] Possible)[]
        {
            ("Heart size normal and lungs are clear. No edema or pneumonia. No effusion", [],
                ["pulmonary-edema", "pneumonia", "pleural-effusion"], []),
            ("1. Left pleural effusion with adjacent atelectasis. Right effusion is also present.\n\n2. Cardiomegaly without overt edema.",
                ["cardiomegaly", "atelectasis", "pleural-effusion"], ["pulmonary-edema"], []),
            ("Minimal patchy airspace disease within the lingula, may reflect atelectasis or consolidation.", ["patchy-opacity"], [],
                ["atelectasis", "consolidation"]),
            ("1. Stable mild cardiomegaly. 2. Hyperexpanded but clear lungs.", ["cardiomegaly", "hyperinflation"], [], []),
        };
        foreach (var (text, present, absent, possible) in samples)
        {
            var mentions = LexiconTagger.Shipped.Tag(text);
            Assert.All(present, c => Assert.Contains(mentions, m => m.Concept == c && m.Certainty == Certainty.Present));
            Assert.All(absent, c => Assert.All(mentions.Where(m => m.Concept == c), m => Assert.Equal(Certainty.Absent, m.Certainty)));
            Assert.All(absent, c => Assert.Contains(mentions, m => m.Concept == c));
            Assert.All(possible, c => Assert.Contains(mentions, m => m.Concept == c && m.Certainty == Certainty.Uncertain));
        }
    }
}
