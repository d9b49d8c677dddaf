using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Settings;

public sealed class ReloadedFileTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly FakeTimeProvider _clock = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Current_FileChanged_IsTheNewContentWithinASecond()
    {
        Write("one");
        using var file = Open();

        Write("two");
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("two", file.Current);
    }

    /// <summary>As Kubernetes does it: the link's own time and size stay.</summary>
    [Fact]
    public void Current_FolderBehindALinkSwapped_IsTheNewContent()
    {
        foreach (var version in new[] { "one", "two" })
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(_scratch[version]).FullName, "file"), version);
        Directory.CreateSymbolicLink(_scratch["data"], _scratch["one"]);
        File.CreateSymbolicLink(_scratch["file"], Path.Combine("data", "file"));
        using var file = Open();

        Directory.Delete(_scratch["data"]);
        Directory.CreateSymbolicLink(_scratch["data"], _scratch["two"]);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("two", file.Current);
    }

    [Fact]
    public void Current_FileBrokenOrGone_StaysUntilItIsMended()
    {
        Write("one");
        using var file = Open();

        Write("broken");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", file.Current);
        File.Delete(_scratch["file"]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", file.Current);
        Write("two");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", file.Current);
    }

    private void Write(string content) => File.WriteAllText(_scratch["file"], content);

    private ReloadedFile<string> Open() => new([_scratch["file"]],
        contents => Encoding.UTF8.GetString(contents[0]) is var text && text != "broken" ? text : throw new InvalidDataException("no"),
        _clock, NullLogger.Instance);
}
