using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>A line fits beside another one on a screen.</summary>
public sealed class LineLengthTests
{
    private const int MaxColumns = 140;

    [Fact]
    public void Lines_EverySourceFile_FitTheColumns() => RuleAssert.HasNoViolations(
        "Break the line after an operator or a parameter, or split the expression; don't shorten its names.",
        RepositoryFiles.Sources.SelectMany(FindViolations));

    [Fact]
    public void FindViolations_OneColumnTooMany_NamesTheLine()
    {
        var file = SourceFile.Parse("services/x.cs", $"// {new string('x', MaxColumns - 3)}\n// {new string('x', MaxColumns - 2)}\n");

        Assert.Equal("services/x.cs:2: 141 columns, 140 are the limit", Assert.Single(FindViolations(file)));
    }

    /// <summary>Code that the migration tool writes is left as it is.</summary>
    internal static IEnumerable<string> FindViolations(SourceFile file) => file.IsMigration
        ? []
        : file.Text.Split('\n').Index().Where(l => l.Item.TrimEnd('\r').Length > MaxColumns)
            .Select(l => $"{file.Path}:{l.Index + 1}: {l.Item.TrimEnd('\r').Length} columns, {MaxColumns} are the limit");
}
