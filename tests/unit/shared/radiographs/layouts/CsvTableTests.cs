using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

public sealed class CsvTableTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Open_QuotedCells_KeepCommasQuotesAndLineEnds()
    {
        var table = Open("image,report\r\n1.png,\"Clear, \"\"both\"\" lungs.\nNo effusion.\"\r\n\r\n2.png, plain \r\n");
        Assert.Equal(["image", "report"], table.Columns);
        Assert.Equal(["Clear, \"both\" lungs.\nNo effusion.", "plain"], table.Rows.Select(r => r["report"]));
    }

    [Fact]
    public void Open_LineThatIsTooShort_HasEmptyCells()
    {
        var row = Assert.Single(Open("image,label,patient\n1.png\n").Rows);
        Assert.Equal(("1.png", "", ""), (row["image"], row["label"], row["patient"]));
    }

    [Fact]
    public void Open_TwoColumnsOfOneName_ReadsTheFirst()
    {
        var table = Open("label,image,label\nfirst,1.png,second\n");
        Assert.Equal("first", Assert.Single(table.Rows)["label"]);
        Assert.Equal("second", table.Rows[0][2]);
    }

    [Fact]
    public void Open_QuoteWithoutItsEnd_IsRefusedWithTheLine() => Assert.Contains(
        "line 3: a quoted cell has no closing quote", Assert.Throws<MeshException>(() => Open("a,b\n1,2\n3,\"four\n5,6\n")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("windows-1252")]
    public void Open_AnyUsualEncoding_GivesTheSameText(string name)
    {
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        File.WriteAllBytes(_scratch["t.csv"], [.. encoding.GetPreamble(), .. encoding.GetBytes("image,patient\n1.png,Müller\n")]);
        var table = CsvTable.Open(_scratch["t.csv"], DataBoundary.Open, "f");
        Assert.Equal("image", table.Columns[0]);
        Assert.Equal("Müller", Assert.Single(table.Rows)["patient"]);
    }

    [Theory]
    [InlineData("image;size;label\na.png;1,7;x\n")]
    [InlineData("\"image\";size, in m;label\na.png;1,7;x\n")]
    [InlineData("image\tsize\tlabel\na.png\t1,7\tx\n")]
    [InlineData("image,\"size;in;m;\",label\na.png,\"1,7\",x\n")]
    public void Open_WhateverPartsTheHeader_PartsTheCells(string text)
    {
        var row = Assert.Single(Open(text).Rows);
        Assert.Equal(("a.png", "1,7", "x"), (row["image"], row[1], row["label"]));
    }

    [Fact]
    public void Open_RowOfMoreCells_SaysWhichSeparatorNeedsQuotes() => Assert.Contains(
        "line 2 of '" + _scratch["t.csv"] + "' has 3 cells where the first line has 2: a semicolon inside a cell needs quotes",
        Assert.Throws<MeshException>(() => Open("a;b\n1;2;3\n")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public void Open_TableOfNothing_IsRefusedAsEmpty(string text) => Assert.EndsWith("t.csv' is empty",
        Assert.Throws<MeshException>(() => Open(text)).Message, StringComparison.Ordinal);

    private CsvTable Open(string text)
    {
        File.WriteAllText(_scratch["t.csv"], text);
        return CsvTable.Open(_scratch["t.csv"], DataBoundary.Open, "f");
    }
}
