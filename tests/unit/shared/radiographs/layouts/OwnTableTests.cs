using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

/// <summary>A hospital's own table: what its cells leave open, and which image a row is about.</summary>
public sealed class OwnTableTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Read_EmptyCells_AnswerNothingWhereTheColumnSaysAbsentElsewhere()
    {
        Place("a.png", "b.png", "c.png");
        var read = Read("image,Edema,Effusion\na.png,1,1\nb.png,nan,\nc.png,0,\n");

        Assert.Equal(["", "edema", ""], read.Studies.Select(s => string.Join('|', s.Unanswered)));
        Assert.Equal(["An empty cell counts neither as having the finding nor as free of it; of 3 images: edema 1.",
            "An empty cell is read as absent where its column holds no 0 or False at all: Effusion."], read.Notes);
    }

    [Fact]
    public void Read_EmptyLabel_IsNoNegativeOfAnything()
    {
        Place("a.png", "b.png");
        var read = Read("image,label\na.png,mass\nb.png,nan\n");

        Assert.Equal([true, false], read.Studies.Select(s => s.IsLabelled));
        Assert.Equal("1 of 2 images have no label: they count neither as having a finding nor as free of it.", Assert.Single(read.Notes));
    }

    [Fact]
    public void Read_NameOfTwoFiles_IsRefusedWithLineAndBoth()
    {
        Place("x/a.png", "y/a.png", "y/b.png");
        Assert.Contains("line 2 of", Refused("image,label\na.png,mass\n"), StringComparison.Ordinal);
        Assert.Contains("two files match: 'x/a.png' and 'y/a.png'", Refused("image,label\na.png,mass\n"), StringComparison.Ordinal);
        Assert.Equal(["x/a.png", "y/b.png"], Read("image,label\nx/a.png,mass\nb,mass\n").Studies.Select(s => s.Id));
    }

    [Theory]
    [InlineData("/data/cxr/x/a.png")]
    [InlineData(@"D:\cxr\x\a.png")]
    [InlineData("./x/a.png")]
    public void Read_PathsOfAnotherMachine_FindTheImageByTheirEnd(string path)
    {
        Place("x/a.png");
        Assert.Equal("x/a.png", Assert.Single(Read($"image,label\n{path},mass\n").Studies).Id);
    }

    [Fact]
    public void Read_ViewsAndSplit_AreThoseOfTheTable()
    {
        Place("a.png", "b.png", "c.png");
        const string Table = "image,ViewPosition,split,label\na.png,PA,train,mass\nb.png,LATERAL,train,mass\nc.png,AP,test,mass\n";
        var read = Read(Table);

        Assert.Equal(["a.png", "c.png"], read.Studies.Select(s => s.Id));
        Assert.Equal(["train", "test"], read.Studies.Select(s => s.Split));
        Assert.Equal("1 of 3 images have a view that is not frontal and were left out.", Assert.Single(read.Notes));
        Assert.Equal(3, Read(Table, s => s with { Views = ViewNames.All }).Studies.Count);
        Assert.Equal("c.png", Assert.Single(Read(Table, s => s with { Split = "test" }).Studies).Id);
    }

    [Fact]
    public void Read_RowsJoinedByAPolicy_AreTold()
    {
        Place("a.png");
        Assert.Contains("Rows of 1 images or exams differ, and were joined by the policy 'any'.",
            Read("image,Edema\na.png,1\na.png,0\n", s => s with { Raters = RaterPolicyNames.Any }).Notes);
    }

    [Fact]
    public void Read_WholeReports_AreReadByTheirHeadings()
    {
        Place("a.png", "b.png", "c.png", "d.png");
        var read = Read("image,report\na.png,\"HISTORY: Edema?\nFINDINGS: Clear lungs.\nIMPRESSION: Normal.\"\n"
            + "b.png,HISTORY: Cough\nc.png,Small effusion.\nd.png,Kein Erguss. Kardiomegalie.\n");

        Assert.Equal(["Clear lungs. Normal.", null, "Small effusion.", null], read.Studies.Select(s => s.EnglishReport));
        Assert.Equal("de", read.Studies[3].ReportLanguage);
        Assert.Equal("1 of 4 images have a report that says nothing of the image, and count as without one.", Assert.Single(read.Notes));
        Assert.Contains("has reports for 1 images, and none of them says anything", Refused("image,report\na.png,HISTORY: Cough\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RowWithoutAnImage_IsCounted()
    {
        Place("a.png");
        Assert.Contains("1 of 2 rows name no image and were left out: line 3 of", string.Join('\n',
            Read("image,label\na.png,mass\n,mass\n").Remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image,label\na.png,1\nb.png,0\n", "column 'label': holds numbers or truth values, which name no finding")]
    [InlineData("image,label\na.png,True\nb.png,False\n", "column 'label': holds numbers or truth values")]
    [InlineData("image,label,Edema\na.png,edema,1\nb.png,edema,0\n", "line 3 of")]
    [InlineData("image,label,Edema\na.png,edema,1\nb.png,edema,0\n", "names a finding whose own column says that it is absent")]
    [InlineData("image,label\n", "has no row below its first line")]
    [InlineData("image,Edema\na.png,Yes\nb.png,No\n", "a column for each finding with 1, 0, -1, True, False or nothing")]
    [InlineData("image,label\nA.PNG,x\n", "capitals as they are")]
    public void Read_WhatCanNotBeReadRight_IsRefusedWithTheWayOut(string table, string expected)
    {
        Place("a.png", "b.png");
        Assert.Contains(expected, Refused(table), StringComparison.Ordinal);
    }

    private void Place(params string[] files)
    {
        foreach (var (index, file) in files.Index())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_scratch["images/" + file])!);
            var image = new GrayImage(64, 64, [.. Enumerable.Repeat((byte)index, 64 * 64)]);
            File.WriteAllBytes(_scratch["images/" + file], ImageCodec.EncodePng(image));
        }
    }

    private StudySet Read(string table, Func<RadiographSource, RadiographSource>? change = null)
    {
        File.WriteAllText(_scratch["t.csv"], table, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        var source = new RadiographSource("table", _scratch["images"], _scratch["t.csv"]);
        return DataLayouts.Read(change is null ? source : change(source), "f", TestContext.Current.CancellationToken);
    }

    private string Refused(string table) => Assert.Throws<MeshException>(() => Read(table)).Message;
}
