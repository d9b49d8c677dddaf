using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Hosting.Logs;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Logs;

public sealed class RotatingLogFileTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly FakeTimeProvider _clock = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>/dev/full takes nothing, as a full disk does.</summary>
    [Fact]
    public void WriteLine_DiskFull_DropsAndCountsLinesAndGoesOnWhenThereIsRoom()
    {
        File.CreateSymbolicLink(_scratch["mesh.log"], "/dev/full");
        using var log = new RotatingLogFile(_scratch["mesh.log"], _clock, () => { });

        for (var i = 0; i < 500; i++)
            log.WriteLine("lost");
        var dropped = log.DroppedLines;
        File.Delete(_scratch["mesh.log"]);
        log.WriteLine("still lost: it is not tried again within a second");
        _clock.Advance(TimeSpan.FromSeconds(2));
        log.WriteLine("kept");

        Assert.Equal(500, dropped);
        Assert.Equal(["501 lines are missing here, since they could not be written.", "kept"], File.ReadAllLines(_scratch["mesh.log"]));
        Assert.Equal(0, log.DroppedLines);
    }

    [Fact]
    public void WriteLine_LineThatIsDropped_IsCounted()
    {
        var dropped = 0;
        File.CreateSymbolicLink(_scratch["mesh.log"], "/dev/full");
        using var log = new RotatingLogFile(_scratch["mesh.log"], _clock, () => dropped++);

        log.WriteLine("lost");

        Assert.Equal(1, dropped);
    }

    [Fact]
    public void WriteLine_FolderGone_DropsLines()
    {
        using var log = new RotatingLogFile(_scratch["nothing/mesh.log"], _clock, () => { });

        log.WriteLine("lost");

        Assert.Equal(1, log.DroppedLines);
    }

    [Fact]
    public void WriteLine_AfterTheEnd_DoesNothing()
    {
        var log = new RotatingLogFile(_scratch["mesh.log"], _clock, () => { });
        log.WriteLine("kept");
        log.Dispose();

        log.WriteLine("lost");

        Assert.Equal(["kept"], File.ReadAllLines(_scratch["mesh.log"]));
    }

    [Fact]
    public void WriteLine_SizeReached_KeepsTheNewestFiles()
    {
        using (var log = new RotatingLogFile(_scratch["mesh.log"], _clock, () => { }, bytes: 50))
        {
            for (var i = 0; i < 100; i++)
                log.WriteLine($"line {i:00}");
        }

        var files = Directory.GetFiles(_scratch.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.Equal(["mesh.log", "mesh.log.1", "mesh.log.2", "mesh.log.3", "mesh.log.4"], files);
        Assert.All(Directory.GetFiles(_scratch.Path), f => Assert.InRange(new FileInfo(f).Length, 8, 60));
        Assert.Equal("line 99", File.ReadLines(_scratch["mesh.log"]).Last());
        Assert.Equal("line 97", File.ReadLines(_scratch["mesh.log.1"]).Last());
    }

    [Fact]
    public void WriteLine_ExistingFile_IsAppendedTo()
    {
        File.WriteAllText(_scratch["mesh.log"], "before\n");
        using (var log = new RotatingLogFile(_scratch["mesh.log"], _clock, () => { }))
            log.WriteLine("after");

        Assert.Equal(["before", "after"], File.ReadAllLines(_scratch["mesh.log"]));
    }
}
