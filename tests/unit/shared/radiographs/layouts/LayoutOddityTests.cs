using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

/// <summary>What published tables have besides what their makers say: each is read right, or refused with its place.</summary>
public sealed class LayoutOddityTests : IDisposable
{
    private const string Vindr = "image_id,rad_id,Nodule,No finding\n";
    private readonly ScratchFolder _scratch = new();
    private int _shade;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Table_ListsTruthsEmptyWordsAndRowNumbers_AreRead()
    {
        Place("a.png", "b.png");
        Write("t.csv", "Unnamed: 0,image,patient,Labels,Edema,Effusion,age,Smoker,ImageDir\n"
            + "0,a.png,07,\"['Mass', \"\"it's, so\"\"]\",True,nan,1,1,0\n"
            + "1,b.png,7.0,nan,False,-1.0,0,0,1\n7,b.png,7.0,nan,False,-1.0,0,0,1\n");
        var read = Read("table");

        Assert.Equal(["mass", "it's, so", "edema"], read.Studies[0].Labels);
        Assert.Equal(("effusion", "edema"), (Assert.Single(read.Studies[1].Uncertain), Assert.Single(read.Studies[1].Negative)));
        Assert.Equal(["07", "7.0"], read.Studies.Select(s => s.Patient));
        Assert.Single(read.Studies.Select(s => s.PatientHash).Distinct());
        Assert.Equal(["Columns that are no findings by their names were not taken: age, Smoker, ImageDir.",
            "An empty cell is read as absent where its column holds no 0 or False at all: Effusion."], read.Notes);
    }

    [Theory]
    [InlineData("image,label,label\na.png,x,y\n", "line 2 of", "columns 2 and 3 both are 'label' and differ")]
    [InlineData("image,label\na.png,x\na.png,y\n", "line 3 of", "differs from line 2, which has the same 'image'")]
    [InlineData("image,label\nc.png,x\nc.png,y\na.png,x\n", "line 3 of", "differs from line 2")]
    [InlineData("image,Edema\na.png,1\nb.png,maybe\nc.png,0\n", "line 3 of", "column 'Edema': must be 1, 0, -1, True, False or empty")]
    [InlineData("image,label\na.png,\"['x\"\n", "line 2 of", "column 'label': must be a list")]
    [InlineData("image,label\na.png,x, y\n", "line 2 of", "has 3 cells where the first line has 2")]
    public void Table_WhatCanNotBeReadRight_IsRefusedWithItsPlace(string table, string place, string problem)
    {
        Place("a.png", "b.png");
        Write("t.csv", table);
        var said = Refused("table");
        Assert.Contains(place, said, StringComparison.Ordinal);
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_TwoColumnsOfOneNameThatAgree_AreOne()
    {
        Place("a.png");
        Write("t.csv", "image,label,label\na.png,x,x\n");
        Assert.Equal(["x"], Assert.Single(Read("table").Studies).Labels);
    }

    [Theory]
    [InlineData(RaterPolicyNames.Any, "x|y")]
    [InlineData(RaterPolicyNames.First, "x")]
    [InlineData(RaterPolicyNames.Majority, "")]
    public void Table_RowsThatDiffer_AreJoinedByAGivenPolicy(string policy, string expected)
    {
        Place("a.png");
        Write("t.csv", "image,label\na.png,x\na.png,y\n");
        var read = Read("table", s => s with { Raters = policy });
        Assert.Equal((expected, policy), (string.Join('|', Assert.Single(read.Studies).Labels), read.RaterPolicy));
    }

    [Theory]
    [InlineData(RaterPolicyNames.Majority, "nodule", "")]
    [InlineData(RaterPolicyNames.Any, "nodule", "")]
    [InlineData(RaterPolicyNames.First, "no finding", "")]
    public void Vindr_RatersThatDiffer_AreJoinedByThePolicy(string policy, string present, string uncertain)
    {
        Place("train/x.png");
        Write("annotations/image_labels_train.csv", Vindr + "x,R1,0,1\nx,R2,1,0\nx,R3,1,0\n");
        var read = Read("vindr", s => s with { Raters = policy });
        var study = Assert.Single(read.Studies);
        Assert.Equal((present, uncertain), (string.Join('|', study.Labels), string.Join('|', study.Uncertain)));
        Assert.Equal((3, policy), (study.Raters, read.RaterPolicy));
        Assert.Contains(read.Notes, n => n.Contains($"policy '{policy}'", StringComparison.Ordinal));
    }

    [Fact]
    public void Vindr_ColumnOfRemarks_IsNoFinding()
    {
        Place("train/x.png");
        Write("annotations/image_labels_train.csv", "Comment,image_id,rad_id,Nodule\nunsharp,x,R1,1\n");
        Assert.Equal("nodule", Assert.Single(Assert.Single(Read("vindr").Studies).Labels));
    }

    [Fact]
    public void Vindr_OneOfTwoRaters_IsUncertain()
    {
        Place("train/x.png");
        Write("annotations/image_labels_train.csv", Vindr + "x,R1,0,0\nx,R2,1,0\n");
        var study = Assert.Single(Read("vindr").Studies);
        Assert.Empty(study.Labels);
        Assert.Equal("nodule", Assert.Single(study.Uncertain));
    }

    [Theory]
    [InlineData(Vindr + "x,R1,0,1\nx,R2,1,0\n", RaterPolicyNames.Refuse, "2 raters or rows differ")]
    [InlineData(Vindr + "x,R1,0,1\nx,R1,1,0\n", RaterPolicyNames.Majority, "line 3 of")]
    [InlineData(Vindr + "x,R1,0,oops\n", RaterPolicyNames.Majority, "column 'No finding': must be 1")]
    public void Vindr_RowsThatCanNotBeJoined_AreRefused(string table, string policy, string problem)
    {
        Place("train/x.png");
        Write("annotations/image_labels_train.csv", table);
        Assert.Contains(problem, Refused("vindr", s => s with { Raters = policy }), StringComparison.Ordinal);
    }

    [Fact]
    public void Nih_LatinTableOtherColumnOrderAndSplitLists_AreRead()
    {
        Place("images/00000001_000.png", "images/00000002_000.png", "images/00000003_000.png");
        File.WriteAllBytes(_scratch["Data_Entry_2017.csv"], Encoding.Latin1.GetBytes(
            "Patient ID,Remark,View Position,Finding Labels,Image Index\n1,Jürgen,PA,Mass|Nodule,00000001_000.png\n"
                + "2,,AP,No Finding,00000002_000.png\n3,,LL,Mass,00000003_000.png\n"));
        Write("train_list.txt", "00000001_000.png\r\n");
        Write("train_val_list.txt", "00000001_000.png\n00000002_000.png");
        Write("test_list.txt", "00000003_000.png\n00000009_000.png\n");
        var read = Read("nih");

        Assert.Equal(["train", "train_val"], read.Studies.Select(s => s.Split));
        Assert.Equal([false, true], read.Studies.Select(s => s.IsNormal));
        Assert.Contains(read.Notes, n => n.Contains("1 of 3 images are lateral views", StringComparison.Ordinal));
        Assert.Contains(read.Remarks, r => r.Contains("line 2 of", StringComparison.Ordinal) && r.Contains("test_list.txt",
            StringComparison.Ordinal));
        Assert.Equal(3, Read("nih", s => s with { Views = ViewNames.All }).Studies.Count);
        Assert.Equal("3", Assert.Single(Read("nih", s => s with { Views = ViewNames.All, Split = "test" }).Studies).Patient);
        Assert.Contains("is none of its parts train, train_val", Refused("nih", s => s with { Split = "valid" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Nih_ListsThatShareAnImage_AreRefused()
    {
        Place("00000001_000.png", "00000002_000.png", "00000003_000.png");
        Write("Data_Entry_2017.csv", "Image Index,Finding Labels,Patient ID\n00000001_000.png,Mass,1\n");
        Write("train_list.txt", "00000001_000.png\n00000002_000.png\n");
        Write("test_list.txt", "00000002_000.png\n00000003_000.png\n");
        Assert.Contains("both hold '00000002_000.png'", Refused("nih"), StringComparison.Ordinal);
    }

    [Fact]
    public void MimicJpg_NoReports_SaysSoAndUnreadableOnesAreRefused()
    {
        Place("files/p10/p10000001/s7/a.jpg");
        Write("mimic-cxr-2.0.0-chexpert.csv", "study_id,subject_id,Edema\n7.0,10000001.0,1.0\n");
        var read = Read("mimic-jpg");
        Assert.Equal(("10000001", "7", "edema"), (read.Studies[0].Patient, read.Studies[0].Exam, read.Studies[0].Labels.Single()));
        Assert.Contains(read.Notes, n => n.StartsWith("No reports were found", StringComparison.Ordinal));

        Write("mimic-cxr-reports/files/p10/p10000001/s7.txt", "TECHNIQUE: Portable.\n");
        Assert.Contains("has reports for 1 images, and none of them", Refused("mimic-jpg"), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownSetting_NamesItAndItsChoices()
    {
        Place("normal/a.png");
        Assert.StartsWith("f.views: 'side' is none of frontal, all", Refused("folders", s => s with { Views = "side" }),
            StringComparison.Ordinal);
        Assert.StartsWith("f.bad_files: ", Refused("folders", s => s with { BadFiles = "x" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_OneImageInTwoClasses_IsRefusedOrMerged()
    {
        Place("normal/a.png", "pneumonia/b.png");
        File.Copy(_scratch["normal/a.png"], _scratch["pneumonia/c.png"]);
        var said = Refused("folders");
        Assert.Contains("'normal/a.png' = 'pneumonia/c.png'", said, StringComparison.Ordinal);
        Assert.Contains("f.duplicates merge", said, StringComparison.Ordinal);

        var merged = Read("folders", s => s with { Duplicates = DuplicatePolicyNames.Merge });
        Assert.Equal(["normal", "pneumonia"], merged.Studies.Single(s => s.Id == "normal/a.png").Labels);
        Assert.Equal(2, merged.Studies.Count);
        Assert.Contains("were merged", Assert.Single(merged.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_BadImages_AreAllNamedOrSkipped()
    {
        Place("normal/a.png");
        Write("normal/b.png", "no image");
        Write("normal/c.jpg", "none either");
        var source = new RadiographSource("folders", _scratch.Path);
        var set = DataLayouts.Read(source, "f", CancellationToken.None);
        var said = Assert.Throws<MeshException>(() => BadFileRule.Check(set, source, "f", CancellationToken.None)).Message;
        Assert.StartsWith("f: 2 of 3 images can't be read: ", said, StringComparison.Ordinal);
        Assert.Contains("normal/b.png", said, StringComparison.Ordinal);
        Assert.Contains("normal/c.jpg", said, StringComparison.Ordinal);

        var some = BadFileRule.Check(set, source with { BadFiles = BadFilePolicyNames.Skip }, "f", CancellationToken.None);
        Assert.Equal("normal/a.png", Assert.Single(some.Studies).Id);
        Assert.Contains("2 of 3 images can't be read and were skipped", Assert.Single(some.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_MoreBadImagesThanAMessageHolds_SaysHowManyAndWhatToDo()
    {
        Place("a.png");
        for (var i = 0; i < 30; i++)
            Write($"röntgen-{i:00}-{new string('x', 60)}.png", "no image");
        var source = new RadiographSource("folders", _scratch.Path);
        var set = new StudySet([.. Directory.GetFiles(_scratch.Path).Order(StringComparer.Ordinal).Select(f =>
            new Study { Id = Path.GetFileName(f), Source = "s", ImageFile = f })], []);
        var said = Assert.Throws<MeshException>(() => BadFileRule.Check(set, source, "f", CancellationToken.None)).Message;

        Assert.Matches(@"\Af: 30 of 31 images can't be read: .+; and [0-9]+ more\. Repair .+ f\.bad_files skip\z", said);
        Assert.InRange(Encoding.UTF8.GetByteCount(said), 500, 1024);
    }

    [Fact]
    public void Read_FolderOfImages_NamesEveryBadOne()
    {
        Place("a.png");
        Write("b.png", "no image");
        Write("c.png", "none either");
        var said = Assert.Throws<MeshException>(() => ImageFolderReader.Read([_scratch.Path], 32, CancellationToken.None)).Message;
        Assert.Contains("2 of 3 images can't be read", said, StringComparison.Ordinal);
        var read = ImageFolderReader.Read([_scratch.Path], 32, DataBoundary.Open, "spec.data", CancellationToken.None,
            new ImageFolderSettings(BadFilePolicyNames.Skip, null));
        Assert.Single(read.Images);
        Assert.Single(read.Notes);
    }

    private void Place(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_scratch[file])!);
            var pixels = new byte[64 * 64];
            Array.Fill(pixels, (byte)(10 + _shade++));
            File.WriteAllBytes(_scratch[file], ImageCodec.EncodePng(new GrayImage(64, 64, pixels)));
        }
    }

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_scratch[file])!);
        File.WriteAllText(_scratch[file], text);
    }

    private StudySet Read(string layout, Func<RadiographSource, RadiographSource>? change = null)
    {
        var source = new RadiographSource(layout, _scratch.Path);
        return DataLayouts.Read(change is null ? source : change(source), "f", CancellationToken.None);
    }

    private string Refused(string layout, Func<RadiographSource, RadiographSource>? change = null) =>
        Assert.Throws<MeshException>(() => Read(layout, change)).Message;
}
