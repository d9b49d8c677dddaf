using System.IO.Compression;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs.Layouts;

/// <summary>The real files; counts are those of their SOURCE.md.</summary>
public sealed class FoldersAndNihLayoutTests
{
    [Fact]
    public void Folders_Kermany_GivesEveryImageItsClassAndPatient()
    {
        if (!SharedData.TryFind("kermany-cxr-224", out var data))
            return;
        var (valid, train) = (Read("folders", Path.Combine(data, "valid")), Read("folders", Path.Combine(data, "train")));

        Assert.Equal([("bacterial pneumonia", 349), ("normal", 200), ("viral pneumonia", 183)], Counts(valid));
        Assert.All(valid.Studies, s => Assert.Equal("kermany-cxr-224", s.Source));
        Assert.All(valid.Studies.Concat(train.Studies), s => Assert.NotEqual("", s.Patient));
        Assert.Empty(valid.Studies.Select(s => s.PatientHash).Intersect(train.Studies.Select(s => s.PatientHash)));
        Assert.Equal((224, 224), (valid.Studies[0].LoadImage("f").Width, valid.Studies[0].LoadImage("f").Height));
    }

    [Fact]
    public void Nih_EightHundredImages_GivesLabelsPatientsAndBoxes()
    {
        if (!SharedData.TryFind("nih-cxr14-64px", out var folder) || !SharedData.TryFind("nih-cxr14-labels", out var tables))
            return;
        var source = new RadiographSource("nih", folder, Path.Combine(tables, "Data_Entry_2017_v2020.csv.gz"),
            Boxes: Path.Combine(tables, "BBox_List_2017.csv.gz"));
        var read = DataLayouts.Read(source, "f", TestContext.Current.CancellationToken);

        Assert.Equal(800, read.Studies.Count);
        Assert.Empty(read.Notes);
        var boxed = read.Studies.Where(s => s.Boxes.Count > 0).ToList();
        Assert.Equal(6, boxed.Count);
        Assert.All(boxed.SelectMany(s => s.Boxes), b => Assert.True(b.X > 0 && b.Y > 0 && b.X + b.Width < 1 && b.Y + b.Height < 1));
        Assert.All(boxed, s => Assert.Contains(s.Boxes, b => s.Labels.Contains(b.Finding)));
        Assert.Contains(read.Studies, s => s.Labels.SequenceEqual(["no finding"]));
    }

    [Fact]
    public void Folders_OfAnyName_GiveKnownFileNamesTheSamePatients()
    {
        using var scratch = new ScratchFolder();
        foreach (var folder in (string[])["one/virus", "other/virus"])
        {
            Directory.CreateDirectory(scratch[folder]);
            File.WriteAllBytes(scratch[$"{folder}/person16_virus_54.jpeg"], []);
            File.WriteAllBytes(scratch[$"{folder}/00000013_000.png"], []);
            File.WriteAllBytes(scratch[$"{folder}/a.png"], []);
        }

        var (one, other) = (Read("folders", scratch["one"]).Studies, Read("folders", scratch["other"]).Studies);
        Assert.Equal(one.Select(s => s.PatientHash), other.Select(s => s.PatientHash));
        Assert.Equal(new Study { Id = "b", Source = "nih", Patient = "13" }.PatientHash,
            one.Single(s => s.Id.EndsWith("13_000.png", StringComparison.Ordinal)).PatientHash);
        Assert.Null(one.Single(s => s.Id.EndsWith("a.png", StringComparison.Ordinal)).PatientHash);
    }

    [Theory]
    [InlineData("nan,-900,500,5")]
    [InlineData("10,10,0,5")]
    [InlineData("2000,10,50,50")]
    [InlineData("10,10,x,50")]
    public void Read_NihBoxOffTheImageOrNotANumber_IsRefused(string box)
    {
        using var scratch = new ScratchFolder();
        WriteNih(scratch, "x.png,Effusion,1\n");
        File.WriteAllText(scratch["boxes.csv"], $"Image Index,Finding Label,Bbox [x,y,w,h],,,\nx.png,Effusion,{box},,,\n");
        var said = Refused(new RadiographSource("nih", scratch["images"], scratch["labels.csv"], Boxes: scratch["boxes.csv"]));
        Assert.StartsWith($"f.boxes: line 2 of '{scratch["boxes.csv"]}': the box must ", said, StringComparison.Ordinal);
        Assert.DoesNotContain(box, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Nih_TwoRowsOfAImageThatDiffer_AreRefused()
    {
        using var scratch = new ScratchFolder();
        WriteNih(scratch, "x.png,Effusion,1\nx.png,No Finding,1\n");
        var said = Refused(new RadiographSource("nih", scratch["images"], scratch["labels.csv"]));
        Assert.StartsWith("f.labels:", said, StringComparison.Ordinal);
        Assert.Contains("differs from line 2, which has the same 'Image Index'", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Nih_TableThatIsCutOff_IsRefused()
    {
        using var scratch = new ScratchFolder();
        WriteNih(scratch,
            string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i}.png,Effusion,{i * 7919 % 1009}\n")) + "x.png,Effusion,1\n");
        using (var packed = new GZipStream(File.Create(scratch["labels.csv.gz"]), CompressionLevel.Optimal))
            packed.Write(File.ReadAllBytes(scratch["labels.csv"]));
        var source = new RadiographSource("nih", scratch["images"], scratch["labels.csv.gz"]);
        Assert.Single(DataLayouts.Read(source, "f", TestContext.Current.CancellationToken).Studies);
        var whole = File.ReadAllBytes(scratch["labels.csv.gz"]);
        File.WriteAllBytes(scratch["labels.csv.gz"], whole[..(whole.Length / 2)]);
        Assert.Contains("the gzip file was cut off", Refused(source), StringComparison.Ordinal);
    }

    [Fact]
    public void Nih_ImagesWithoutARow_AreLeftOutAndCounted()
    {
        if (!SharedData.TryFind("nih-cxr14-labels", out var tables))
            return;
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["images_001/images"]);
        File.Copy(Path.Combine(tables, "00000001_000.png"), scratch["images_001/images/00000001_000.png"]);
        File.Copy(Path.Combine(tables, "00027426_000.png"), scratch["images_001/images/other.png"]);
        var read = DataLayouts.Read(new RadiographSource("nih", scratch.Path, Path.Combine(tables, "Data_Entry_2017_v2020.csv.gz")), "f",
            TestContext.Current.CancellationToken);

        var study = Assert.Single(read.Studies);
        Assert.Equal(("1", "cardiomegaly"), (study.Patient, Assert.Single(study.Labels)));
        Assert.Contains("1 of 2 images", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ShareOfThePatients_IsOfWholePatientsAndInALargerOne()
    {
        if (!SharedData.TryFind("kermany-cxr-224", out var data))
            return;
        StudySet Part(double share) => DataLayouts.Read(new RadiographSource("folders", Path.Combine(data, "train"), Share: share), "f",
            TestContext.Current.CancellationToken);
        var (all, tenth, third) = (Part(1), Part(0.1), Part(1 / 3.0));
        HashSet<string?> patients = [.. tenth.Studies.Select(s => s.PatientHash)];

        Assert.InRange(tenth.Studies.Count / (double)all.Studies.Count, 0.08, 0.12);
        Assert.Subset(third.Studies.Select(s => s.Id).ToHashSet(), tenth.Studies.Select(s => s.Id).ToHashSet());
        Assert.DoesNotContain(all.Studies.ExceptBy(tenth.Studies.Select(s => s.Id), s => s.Id), s => patients.Contains(s.PatientHash));
        Assert.Contains($"{tenth.Studies.Count} of {all.Studies.Count} studies", tenth.Notes[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    [InlineData(1e-9)]
    public void Read_ShareThatCannotBe_NamesIt(double share)
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["normal"]);
        File.WriteAllBytes(scratch["normal/1.png"], [1]);

        Assert.StartsWith("f.share: ", Refused(new RadiographSource("folders", scratch.Path, Share: share)), StringComparison.Ordinal);
        Assert.StartsWith("f.share: ", Refused(new RadiographSource("dataset", scratch.Path, Share: 0.5)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(31, 200, false)]
    [InlineData(32, 129, false)]
    [InlineData(32, 128, true)]
    [InlineData(40, 30, false)]
    [InlineData(3000, 2500, true)]
    public void Load_SizeThatNoRadiographHas_IsRefusedWithTheFileAndTheSize(int width, int height, bool isOne)
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["normal"]);
        File.WriteAllBytes(scratch["normal/1.png"], ImageCodec.EncodePng(new GrayImage(width, height, new byte[width * height])));
        var study = Assert.Single(Read("folders", scratch.Path).Studies);

        if (isOne)
        {
            Assert.Equal((width, height), (study.LoadImage("f").Width, study.LoadImage("f").Height));
            return;
        }

        Assert.StartsWith($"f: normal/1.png: is {width} x {height} pixels",
            Assert.Throws<MeshException>(() => study.LoadImage("f")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WrongSource_NamesTheField()
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch["table.csv"], "a,b\n1,2\n");
        File.WriteAllBytes(scratch["loose.png"], [1]);

        Assert.StartsWith("f.layout: there is no layout 'zip'; choose one of", Refused(new RadiographSource("zip", scratch.Path)),
            StringComparison.Ordinal);
        Assert.StartsWith("f.name: folder '", Refused(new RadiographSource("folders", scratch["none"])), StringComparison.Ordinal);
        Assert.StartsWith("f.name: image 'loose.png' must be in a class folder", Refused(new RadiographSource("folders", scratch.Path)),
            StringComparison.Ordinal);
        Assert.StartsWith("f.labels: is missing", Refused(new RadiographSource("nih", scratch.Path)), StringComparison.Ordinal);
        Assert.StartsWith("f.labels: file '", Refused(new RadiographSource("nih", scratch.Path, scratch["none.csv"])),
            StringComparison.Ordinal);
        Assert.Contains("nnn…' does not exist", Refused(new RadiographSource("nih", scratch.Path, "/" + new string('n', 5000))),
            StringComparison.Ordinal);
        Assert.Contains("has no column 'Image Index' among the 2 of its first line",
            Refused(new RadiographSource("nih", scratch.Path, scratch["table.csv"])), StringComparison.Ordinal);
        File.WriteAllText(scratch["open.csv"], "Image Index,Finding Labels,Patient ID\n\"1.png,a,b\n");
        Assert.Contains("a quoted cell has no closing quote", Refused(new RadiographSource("nih", scratch.Path, scratch["open.csv"])),
            StringComparison.Ordinal);
    }

    /// <summary>One image, x.png, and a table.</summary>
    private static void WriteNih(ScratchFolder scratch, string rows)
    {
        Directory.CreateDirectory(scratch["images"]);
        File.WriteAllBytes(scratch["images/x.png"], ImageCodec.EncodePng(new GrayImage(64, 64, new byte[64 * 64])));
        File.WriteAllText(scratch["labels.csv"], "Image Index,Finding Labels,Patient ID\n" + rows);
    }

    private static StudySet Read(string layout, string folder) =>
        DataLayouts.Read(new RadiographSource(layout, folder), "f", TestContext.Current.CancellationToken);

    private static string Refused(RadiographSource source) =>
        Assert.Throws<MeshException>(() => DataLayouts.Read(source, "f", TestContext.Current.CancellationToken)).Message;

    private static IEnumerable<(string, int)> Counts(StudySet set) =>
        set.Studies.GroupBy(s => s.Labels.Single()).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, g.Count()));
}
