using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

/// <summary>A refusal of a table says where and what was expected, and repeats no cell of it.</summary>
public sealed class TableContentTests : IDisposable
{
    private const string Secret = "s3cret-cell";
    private readonly ScratchFolder _scratch = new();

    public TableContentTests()
    {
        Directory.CreateDirectory(_scratch["images"]);
        Directory.CreateDirectory(_scratch["images/p10/p100/s7"]);
        foreach (var file in new[] { "a.png", "p10/p100/s7/b.png" })
            File.WriteAllBytes(_scratch["images/" + file], ImageCodec.EncodePng(new GrayImage(64, 64, new byte[64 * 64])));
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("nih", "Image Index,Finding Labels,Patient ID\n" + Secret + ",x,1\n" + Secret + ",y,1\n", "line 3 of 't.csv'")]
    [InlineData("nih", "Image Index,Finding Labels,Patient ID\n" + Secret + "," + Secret + ",1\n", "has a row in 't.csv'")]
    [InlineData("rsna", "patientId,x,y,width,height,Target\na," + Secret + ",2,3,4,1\n", "line 2 of 't.csv'")]
    [InlineData("siim", "ImageId,EncodedPixels\na," + Secret + " 7\n", "pair 1 of a mask")]
    [InlineData("siim", "ImageId,EncodedPixels\na,7654321 7654321\n", "the run of pair 1")]
    [InlineData("mimic", "subject_id,study_id,No Finding\n1," + Secret + ",1\n1," + Secret + ",0\n", "line 3 of 't.csv'")]
    [InlineData("chexpert", "Path,No Finding\n" + Secret + ".png,1\n", "paths of 't.csv'")]
    [InlineData("table", "image,label\n" + Secret + ",x\n", "column 'image'")]
    [InlineData("table", "image,other\na.png," + Secret + "\n", "none of the 2 of its first line is one")]
    [InlineData("table", Secret + "," + Secret + "x\na.png,1\n", "none of the 2 of its first line is")]
    [InlineData("nih", Secret + "\na.png\n", "has no column 'Image Index' among the 1 of its first line")]
    [InlineData("openi", "filename,Edema\n" + Secret + ",1\n" + Secret + ",0\n", "line 3 of 't.csv'")]
    public void Read_WrongTable_RepeatsNoCell(string layout, string table, string expected)
    {
        File.WriteAllText(_scratch["t.csv"], table);
        var boundary = new DataBoundary(new NamedFolder(_scratch["images"], "data/images"), new NamedFolder(_scratch["t.csv"], "t.csv"));
        var source = new RadiographSource(layout, _scratch["images"], _scratch["t.csv"]) { Boundary = boundary };

        var error = Assert.Throws<MeshException>(() => DataLayouts.Read(source, "f", CancellationToken.None));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("7654321", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_scratch.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ReportThatIsNoXml_SaysWhereAndNothingOfIt()
    {
        File.WriteAllText(_scratch["images/1.xml"], $"<eCitation>\n<{Secret}></x></eCitation>");

        var error = Assert.Throws<MeshException>(
            () => DataLayouts.Read(new RadiographSource("openi", _scratch["images"]), "f", CancellationToken.None));

        Assert.Contains("1.xml: line 2, column", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_CaptionsOfOneImageTwice_SayTheLine()
    {
        File.WriteAllText(_scratch["images/captions.tsv"], $"a.png\t{Secret}\na.png\t{Secret}\n");

        var error = Assert.Throws<MeshException>(() => ImageFolderReader.Read([_scratch["images"]], 32, CancellationToken.None));

        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.Message, StringComparison.Ordinal);
    }
}
