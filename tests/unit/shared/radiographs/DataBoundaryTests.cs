using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Radiographs;

/// <summary>Nothing outside of a data root is read, whichever way its files point there, and no path of the machine is said.</summary>
public sealed class DataBoundaryTests : IDisposable
{
    private const string Name = "data/root";
    private readonly ScratchFolder _scratch = new();
    private readonly DataBoundary _boundary;

    public DataBoundaryTests()
    {
        foreach (var folder in new[] { "root/normal", "elsewhere/normal" })
        {
            Directory.CreateDirectory(_scratch[folder]);
            File.WriteAllBytes(_scratch[folder + "/a.png"], ImageCodec.EncodePng(new GrayImage(64, 64, new byte[64 * 64])));
        }

        File.Move(_scratch["elsewhere/normal/a.png"], _scratch["elsewhere/normal/other.png"]);
        _boundary = new DataBoundary(new NamedFolder(_scratch["root"], Name));
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>A pipe is waited for without end by whoever opens it, and a device never ends.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAllBytes_PipeOrDevice_IsRefusedAtOnce(bool isOpen)
    {
        await MakePipeAsync(_scratch["root/normal/pipe.png"]);
        File.CreateSymbolicLink(_scratch["root/normal/zero.png"], "/dev/zero");
        var boundary = isOpen ? DataBoundary.Open : _boundary;

        foreach (var name in new[] { "pipe.png", "zero.png" })
        {
            var error = Assert.Throws<MeshException>(() => boundary.ReadAllBytes(_scratch["root/normal/" + name], "f"));
            Assert.Contains($"{name}' is a pipe or a device", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ReadAllBytes_LinkToNothing_NamesIt()
    {
        File.CreateSymbolicLink(_scratch["root/normal/q.png"], _scratch["nothing"]);

        var error = Assert.Throws<MeshException>(() => DataBoundary.Open.ReadAllBytes(_scratch["root/normal/q.png"], "f"));

        Assert.Contains("q.png' can't be read: it is gone, or a symbolic link to nothing", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Each image would be read 40 times, those of one class as another's.</summary>
    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../../root")]
    public void Read_LinkToAFolderThatHoldsIt_IsRefusedByName(string target)
    {
        File.CreateSymbolicLink(_scratch["root/normal/up"], target);

        var error = Assert.Throws<MeshException>(() => DataLayouts.Read(
            new RadiographSource(DataLayoutNames.Folders, _scratch["root"]), "f", CancellationToken.None));

        Assert.Contains("normal/up' is a symbolic link to a folder that holds it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LinkToAnotherFolder_IsFollowedOnce()
    {
        Directory.CreateSymbolicLink(_scratch["root/normal/more"], _scratch["elsewhere/normal"]);

        var found = DataLayouts.Read(new RadiographSource(DataLayoutNames.Folders, _scratch["root"]), "f", CancellationToken.None);

        Assert.Equal(["normal/a.png", "normal/more/other.png"], found.Studies.Select(s => s.Id));
    }

    private static async Task MakePipeAsync(string path)
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", path);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, made.ExitCode);
    }

    [Theory]
    [InlineData("root", true)]
    [InlineData("root/normal/a.png", true)]
    [InlineData("root/absent.png", true)]
    [InlineData("root/../elsewhere/normal/other.png", false)]
    [InlineData("root2/a.png", false)]
    [InlineData("elsewhere/normal/other.png", false)]
    public void Allows_PlainPath_IsWhetherItIsBelow(string path, bool allowed) => Assert.Equal(allowed, _boundary.Allows(_scratch[path]));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/etc/absent")]
    [InlineData("../elsewhere/normal")]
    [InlineData("../elsewhere/absent")]
    [InlineData("normal/../../elsewhere")]
    [InlineData("link")] // to itself
    public void Allows_LinkThatLeadsOut_IsFalseWhetherItsTargetExistsOrNot(string target)
    {
        File.CreateSymbolicLink(_scratch["root/link"], target);

        Assert.False(_boundary.Allows(_scratch["root/link"]));
        Assert.False(_boundary.Allows(_scratch["root/link/below"]));
    }

    [Fact]
    public void Allows_LinkWithinTheRoot_IsTrue()
    {
        File.CreateSymbolicLink(_scratch["root/link"], "normal");

        Assert.True(_boundary.Allows(_scratch["root/link/a.png"]));
    }

    /// <summary>Images are opened long after they were found.</summary>
    [Theory]
    [InlineData("root/normal/a.png", "elsewhere/normal/other.png")]
    [InlineData("root/normal/a.png", "elsewhere/normal/absent.png")]
    [InlineData("root/normal", "elsewhere/twin")]
    public void LoadImage_LinkSwappedInAfterTheFilesWereFound_IsRefusedByName(string swapped, string target)
    {
        Directory.CreateDirectory(_scratch["elsewhere/twin"]);
        File.Copy(_scratch["elsewhere/normal/other.png"], _scratch["elsewhere/twin/a.png"]);
        var study = Assert.Single(Read("folders").Studies);
        var set = new Study { Id = "x", Source = "x", MaskFile = study.ImageFile, Boundary = _boundary };
        Directory.Move(_scratch[swapped], _scratch["moved"]);
        File.CreateSymbolicLink(_scratch[swapped], _scratch[target]);

        foreach (var error in new[] { Assert.Throws<MeshException>(() => study.LoadImage("f")),
            Assert.Throws<MeshException>(() => set.LoadMask("f")) })
        {
            Assert.Contains("'data/root/normal/a.png' can't be read any more", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(_scratch.Path, error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A link that comes and goes while files are opened: whichever is opened is what is checked.</summary>
    [Fact]
    public async Task ReadAllBytes_LinkThatComesAndGoes_NeverReadsWhatLiesOutside()
    {
        var (file, inside, outside) = (_scratch["root/x.txt"], "inside"u8.ToArray(), "outside"u8.ToArray());
        File.WriteAllBytes(_scratch["root/kept.txt"], inside);
        File.WriteAllBytes(_scratch["elsewhere/secret.txt"], outside);
        File.Copy(_scratch["root/kept.txt"], file);
        using var stop = new CancellationTokenSource();
        var swaps = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                File.CreateSymbolicLink(_scratch["root/link"], _scratch["elsewhere/secret.txt"]);
                File.Move(_scratch["root/link"], file, overwrite: true);
                File.Copy(_scratch["root/kept.txt"], _scratch["root/copy"]);
                File.Move(_scratch["root/copy"], file, overwrite: true);
            }
        }, TestContext.Current.CancellationToken);
        var (read, refused) = (0, 0);
        for (var i = 0; i < 20_000 || read == 0 || refused == 0; i++)
        {
            try
            {
                if (!DataFiles.Exists(file, _boundary))
                    continue;
                Assert.Equal(inside, _boundary.ReadAllBytes(file, "f"));
                read++;
            }
            catch (MeshException)
            {
                refused++;
            }
        }

        await stop.CancelAsync();
        await swaps;
        Assert.True(read > 0 && refused > 0, $"{read} were read and {refused} refused: the link was never swapped in between");
    }

    [Fact]
    public void Describe_PathBelowTheRoot_IsTheNameThatCallersKnow()
    {
        Assert.Equal("data/root/normal/a.png", _boundary.Describe(_scratch["root/normal/a.png"]));
        Assert.Equal("data/root", _boundary.Describe(_scratch["root"]));
        Assert.Equal("other.png", _boundary.Describe(_scratch["elsewhere/normal/other.png"]));
        Assert.Equal("x\\ny", DataBoundary.Open.Describe("x\ny"));
    }

    [Fact]
    public void Read_LinkedFolderOutside_IsRefusedByName()
    {
        Directory.CreateSymbolicLink(_scratch["root/pneumonia"], _scratch["elsewhere/normal"]);

        var error = Assert.Throws<MeshException>(() => Read("folders"));

        Assert.Contains("'data/root/pneumonia' is a symbolic link that leads out", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_scratch.Path, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Two folders that lead to one another, neither of which holds the other.</summary>
    [Fact]
    public void Read_LinksInACircle_AreReadOnce()
    {
        Directory.CreateDirectory(_scratch["root/ill"]);
        Directory.CreateSymbolicLink(_scratch["root/normal/ill"], _scratch["root/ill"]);
        Directory.CreateSymbolicLink(_scratch["root/ill/normal"], _scratch["root/normal"]);

        Assert.NotEmpty(Read("folders").Studies);
    }

    /// <summary>Cells of a table are paths below the folder, whatever they say.</summary>
    [Theory]
    [InlineData("elsewhere/normal/other.png")]
    [InlineData("../elsewhere/normal/other.png")]
    [InlineData("x/../../elsewhere/normal/other.png")]
    public void Read_PathInATable_StaysBelowTheFolder(string path)
    {
        foreach (var boundary in new[] { _boundary, DataBoundary.Open })
        {
            foreach (var cell in new[] { path, _scratch[path] })
            {
                File.WriteAllText(_scratch["root/t.csv"], $"Path,No Finding\n{cell},1\n");
                var source = new RadiographSource("chexpert", _scratch["root"], _scratch["root/t.csv"]) { Boundary = boundary };

                var error = Assert.Throws<MeshException>(() => DataLayouts.Read(source, "f", CancellationToken.None));

                Assert.Contains("is a frontal image below", error.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>What layouts look for beside or above a folder is not looked for outside of the root.</summary>
    [Fact]
    public void Read_TableAboveTheRoot_IsNotRead()
    {
        Directory.CreateDirectory(_scratch["root/masks"]);
        File.Copy(_scratch["root/normal/a.png"], _scratch["root/masks/a.png"]);
        File.WriteAllText(_scratch["data.csv"], "image,patient\na.png,p1\n");
        var source = new RadiographSource("masks", _scratch["root"], Masks: _scratch["root/masks"]);

        Assert.Equal("p1", DataLayouts.Read(source, "f", CancellationToken.None).Studies[0].Patient);
        Assert.Equal("", DataLayouts.Read(source with { Boundary = _boundary }, "f", CancellationToken.None).Studies[0].Patient);
    }

    [Fact]
    public void Read_LabelsAboveTheRoot_AreNotFound()
    {
        File.Move(_scratch["root/normal/a.png"], _scratch["root/normal/00000001_000.png"]);

        var error = Assert.Throws<MeshException>(() => ImageFolderReader.Check(_scratch["root"], _boundary, "f"));

        Assert.Contains("'data/root' holds NIH images", error.Message, StringComparison.Ordinal);
        Assert.Empty(HoldoutFolders.FindBeside([_scratch["root/train"]], _boundary));
    }

    private StudySet Read(string layout) =>
        DataLayouts.Read(new RadiographSource(layout, _scratch["root"]) { Boundary = _boundary }, "f", CancellationToken.None);
}
