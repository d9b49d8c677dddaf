using SynCxr.Mesh.Report.Ner;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Ner;

/// <summary>The span says what is there, the vocabulary which entity it is.</summary>
public sealed class SpanLinkerTests
{
    private static readonly Dictionary<string, EntityType?> _types = new()
    {
        ["ABNORMALITY"] = EntityType.Abnormality,
        ["NON-ABNORMALITY"] = EntityType.NonAbnormality,
        ["DISEASE"] = EntityType.Disease,
        ["NON-DISEASE"] = EntityType.NonDisease,
        ["ANATOMY"] = EntityType.Anatomy,
        ["SIZE"] = null,
    };

    [Theory]
    [InlineData("No pneumonia.", "pneumonia", "DISEASE", "disease/pneumonia", Certainty.Present)]
    [InlineData("Pneumonia.", "Pneumonia", "NON-DISEASE", "non-disease/pneumonia", Certainty.Absent)]
    [InlineData("Possible pneumonia.", "pneumonia", "DISEASE", "disease/pneumonia", Certainty.Present)]
    [InlineData("The heart is enlarged.", "enlarged", "ABNORMALITY", "abnormality/cardiomegaly", Certainty.Present)]
    public void Link_SpanOverAWording_DecidesWhetherItIsThere(
        string text, string span, string type, string entity, Certainty certainty)
    {
        var mention = Assert.Single(Link(text, (span, type)), m => m.Type != EntityType.Anatomy);
        Assert.Equal((entity, certainty), (mention.EntityId, mention.Certainty));
    }

    [Fact]
    public void Link_WordingThatNoSpanTouches_IsNotMentioned() => Assert.Empty(Link("Pneumonia and consolidation.", ("and", "SIZE")));

    [Fact]
    public void Link_SpanOfAnotherKind_DoesNotCount()
    {
        Assert.DoesNotContain(Link("Pneumonia.", ("Pneumonia", "ANATOMY")), m => m.EntityId == "disease/pneumonia");
        Assert.Contains(Link("Left lung.", ("Left lung", "ANATOMY")), m => m.EntityId == "anatomy/left-lung");
    }

    [Fact]
    public void Link_SpanWithoutAWording_IsAnExtraUnlessItIsIgnored()
    {
        var mention = Assert.Single(Link("A Zorblax is seen.", (" Zorblax", "ABNORMALITY")));
        Assert.Equal(("abnormality/zorblax", 2, 7), (mention.EntityId, mention.Start, mention.Length));
        Assert.Empty(Link("A Zorblax is seen.", reportsUnlinked: false, ("Zorblax", "ABNORMALITY")));
        Assert.Empty(Link("A - is seen.", ("-", "ABNORMALITY")));
    }

    private static List<Mention> Link(string text, params (string Text, string Type)[] spans) => Link(text, reportsUnlinked: true, spans);

    private static List<Mention> Link(string text, bool reportsUnlinked, params (string Text, string Type)[] spans)
    {
        var (_, wordings) = Assert.Single(LexiconTagger.Shipped.TagSentences(text));
        return [.. new SpanLinker(_types, [], reportsUnlinked).Link(text, [.. spans.Select(span =>
        {
            var start = text.IndexOf(span.Text, StringComparison.Ordinal);
            return new LabelledSpan(span.Type, 1, span.Text, start, start + span.Text.Length);
        })], wordings, 0)];
    }
}
