using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Data;

public sealed class PromptFileTests
{
    public static TheoryData<string> Books => [.. PromptFile.Names];

    [Theory]
    [MemberData(nameof(Books))]
    public void Open_EveryBook_NamesOnlyWhatItHolds(string name)
    {
        var book = PromptFile.Open(name);

        Assert.Equal(name, book.Name);
        Assert.NotEmpty(book.Findings);
        foreach (var finding in book.Findings)
        {
            Assert.Equal(finding.Prompts.Count, finding.Prompts.Distinct().Count());
            Assert.Contains(EntityVocabulary.Shipped.Entities, e => e.Id == finding.Finding);
            Assert.NotEmpty(book.FindFinding(finding.Source, finding.Against).Prompts);
            Assert.Empty(finding.Shows.Concat(finding.Unlike).Except(book.FindSource(finding.Source).Labels));
            Assert.Empty(finding.Shows.Intersect(finding.Unlike));
        }

        foreach (var comparison in book.Comparisons)
        {
            Assert.NotEqual(comparison.Finding, comparison.Against);
            Assert.Equal(book.FindFinding(comparison.Source, comparison.Finding).Prompts.Count,
                book.FindFinding(comparison.Source, comparison.Against).Prompts.Count);
            Assert.Empty(comparison.Shows.Concat(comparison.Unlike).Except(book.FindSource(comparison.Source).Labels));
        }

        foreach (var c in book.Classes)
        {
            Assert.Contains(c.Label, book.FindSource(c.Source).Labels);
            Assert.NotEmpty(book.FindFinding(c.Source, c.Finding).Prompts);
        }
    }
}
