using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary><c>dataset verify | replay | diff</c> on a sealed folder.</summary>
public sealed class SealedFolderCommandTests(DemoFixture demo)
{
    [Fact]
    public async Task Verify_UntouchedFolder_IsZero()
    {
        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "verify", demo.Folder);

        Assert.True(code == 0, error);
    }

    [Fact]
    public async Task Verify_OneByteChangedInAnyFile_NamesTheFile()
    {
        using var scratch = new ScratchFolder();
        foreach (var name in Directory.EnumerateFiles(demo.Folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(demo.Folder, f)).ToList())
        {
            var copy = scratch[name.Replace('/', '_')];
            CopyFolder(demo.Folder, copy);
            var bytes = await File.ReadAllBytesAsync(Path.Combine(copy, name));
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(Path.Combine(copy, name), bytes);

            var (code, output, error) = await SyncxrProcess.RunAsync("dataset", "verify", copy);

            Assert.True(code != 0, $"{name} was changed and verify said nothing");
            Assert.Contains(name, output + error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Replay_APair_GivesTheSameBytes()
    {
        using var scratch = new ScratchFolder();

        var (code, result, error) = await SyncxrProcess.RunJsonAsync("dataset", "replay", demo.Folder, "7", "--state", scratch["state"]);

        Assert.True(code == 0, error);
        Assert.True(result.GetProperty("same").GetBoolean());
    }

    [Fact]
    public async Task Diff_FolderWithItself_IsZero()
    {
        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "diff", demo.Folder, demo.Folder);

        Assert.True(code == 0, error);
    }

    [Fact]
    public async Task Diff_OneByteChanged_IsThreeAndNamesTheFile()
    {
        using var scratch = new ScratchFolder();
        CopyFolder(demo.Folder, scratch["copy"]);
        var file = scratch["copy/README.md"];
        await File.AppendAllTextAsync(file, "x");

        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "diff", demo.Folder, scratch["copy"]);

        Assert.True(code == 3, error);
        Assert.Contains(file, error, StringComparison.Ordinal);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
