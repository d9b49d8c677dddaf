using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Build;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Torch.Build;

public sealed class WeakSymbolVersionTests
{
    private const string Wanted = "GLIBCXX_3.4.32";

    [Fact]
    public void Apply_FileThatAsksForIt_SetsTheFlagAndNothingElse()
    {
        using var folder = new ScratchFolder();
        var path = folder["lib.so"];
        var before = Elf(Wanted, flags: 0);
        File.WriteAllBytes(path, before);
        Assert.Equal(WeakSymbolOutcome.Patched, WeakSymbolVersion.Apply(path, Wanted));
        Assert.Equal(Elf(Wanted, flags: 2), File.ReadAllBytes(path));
    }

    [Fact]
    public void Apply_Twice_SecondTimeChangesNothing()
    {
        using var folder = new ScratchFolder();
        var path = folder["lib.so"];
        File.WriteAllBytes(path, Elf(Wanted, flags: 0));
        WeakSymbolVersion.Apply(path, Wanted);
        var once = File.ReadAllBytes(path);
        Assert.Equal(WeakSymbolOutcome.AlreadyWeak, WeakSymbolVersion.Apply(path, Wanted));
        Assert.Equal(once, File.ReadAllBytes(path));
    }

    [Fact]
    public void Apply_HealthyFile_ChangesNothing()
    {
        using var folder = new ScratchFolder();
        var path = folder["lib.so"];
        var healthy = Elf("GLIBCXX_3.4.30", flags: 0);
        File.WriteAllBytes(path, healthy);
        var written = File.GetLastWriteTimeUtc(path);
        Assert.Equal(WeakSymbolOutcome.Absent, WeakSymbolVersion.Apply(path, Wanted));
        Assert.Equal(healthy, File.ReadAllBytes(path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public async Task Apply_HardLink_LeavesTheOtherNameAlone()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new ScratchFolder();
        File.WriteAllBytes(folder["cache.so"], Elf(Wanted, flags: 0));
        using var link = Process.Start("ln", [folder["cache.so"], folder["output.so"]]);
        await link.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(WeakSymbolOutcome.Patched, WeakSymbolVersion.Apply(folder["output.so"], Wanted));
        Assert.Equal(Elf(Wanted, flags: 0), File.ReadAllBytes(folder["cache.so"]));
    }

    [Fact]
    public void Apply_TextFile_IsRefused()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["lib.so"], new string('x', 200));
        Assert.Throws<InvalidDataException>(() => WeakSymbolVersion.Apply(folder["lib.so"], Wanted));
    }

    [Fact]
    public void Apply_TheLibraryOfThisProcess_IsNoLongerInNeed()
    {
        if (OperatingSystem.IsWindows())
            return;
        var library = Assert.Single(Directory.GetFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories));
        Assert.NotEqual(WeakSymbolOutcome.Patched, WeakSymbolVersion.Apply(library, Wanted));
    }

    /// <summary>The smallest ELF file with a string table and one needed version.</summary>
    private static byte[] Elf(string version, ushort flags)
    {
        const int strings = 64, need = 128, sections = 192;
        var elf = new byte[sections + 3 * 64];
        "\u007fELF\u0002\u0001"u8.CopyTo(elf);
        BinaryPrimitives.WriteInt64LittleEndian(elf.AsSpan(40), sections);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(60), 3);
        Encoding.ASCII.GetBytes(version).CopyTo(elf, strings + 1);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(need + 2), 1); // one version
        BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(need + 8), 16); // its entry
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(need + 16 + 4), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(need + 16 + 8), 1); // its name
        Section(elf.AsSpan(sections + 64), 3, strings, link: 0, info: 0);
        Section(elf.AsSpan(sections + 128), 0x6ffffffe, need, link: 1, info: 1);
        return elf;
    }

    private static void Section(Span<byte> header, uint type, long offset, uint link, uint info)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], link);
        BinaryPrimitives.WriteUInt32LittleEndian(header[44..], info);
    }
}
