using SynCxr.Mesh.Radiographs.Layouts.Cells;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts.Cells;

public sealed class CellTests
{
    [Theory]
    [InlineData("['a', 'b']", "a|b")]
    [InlineData("[]", "")]
    [InlineData("[ ]", "")]
    [InlineData("['a',]", "a")]
    [InlineData("[\"it's\", 'b, c']", "it's|b, c")]
    [InlineData("['it\\'s', nan, None]", "it's")]
    [InlineData("[' a ', '']", "a")]
    [InlineData("['a'", null)]
    [InlineData("['a' 'b']", null)]
    [InlineData("['a', b]", null)]
    [InlineData("[['a']]", null)]
    [InlineData("['a\\", null)]
    [InlineData("a", null)]
    public void Parse_ListAsText_GivesItsItemsOrNull(string cell, string? expected) =>
        Assert.Equal(expected, ListCell.Parse(cell) is { } items ? string.Join('|', items) : null);

    [Theory]
    [InlineData("1", "Present")]
    [InlineData("1.0", "Present")]
    [InlineData("True", "Present")]
    [InlineData("0.00", "Absent")]
    [InlineData("FALSE", "Absent")]
    [InlineData("-1", "Uncertain")]
    [InlineData("nan", "NotSpokenOf")]
    [InlineData("", "NotSpokenOf")]
    [InlineData("0.7", null)]
    [InlineData("2", null)]
    [InlineData("yes", null)]
    public void TryParse_CellOfAFinding_GivesItsAnswer(string cell, string? expected) =>
        Assert.Equal(expected, FindingCell.TryParse(cell, out var answer) ? answer.ToString() : null);

    [Fact]
    public void Normalise_WholeColumnOfNumbers_GivesOneSpelling()
    {
        string[] cells = ["7", "07", "7.0", "nan", "0"];
        Assert.Equal(["7", "7", "7", "", "0"], cells.Select(KeyColumn.Create(cells).Normalise));
    }

    [Fact]
    public void Normalise_ColumnWithOneText_KeepsEverySpelling()
    {
        string[] cells = ["7", "07", "7a", "7.5"];
        Assert.Equal(cells, cells.Select(KeyColumn.Create(cells).Normalise));
    }
}
