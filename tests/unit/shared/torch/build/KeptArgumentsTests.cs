using System.Diagnostics;
using System.Reflection;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Build;
using TorchSharp;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Torch.Build;

public sealed class KeptArgumentsTests
{
    private static readonly byte[] _release = [.. "MZ before"u8, 8, 1, 0, 2, 0, 0, 0, 0, 0, .. "after"u8];
    private static readonly byte[] _kept = [.. "MZ before"u8, 8, 1, 0, 3, 1, 0, 0, 0, 0, .. "after"u8];

    [Fact]
    public void Apply_ReleaseBuild_ChangesTheAttributeAndNothingElse_Once()
    {
        using var folder = new ScratchFolder();
        var path = folder["lib.dll"];
        File.WriteAllBytes(path, _release);
        var written = File.GetLastWriteTimeUtc(path);
        Assert.Equal(KeptArgumentsOutcome.Patched, KeptArguments.Apply(path));
        Assert.Equal(_kept, File.ReadAllBytes(path));
        Assert.Equal(KeptArgumentsOutcome.AlreadyKept, KeptArguments.Apply(path));
        Assert.Equal(_kept, File.ReadAllBytes(path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public async Task Apply_HardLink_LeavesTheOtherNameAlone()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new ScratchFolder();
        File.WriteAllBytes(folder["cache.dll"], _release);
        using var link = Process.Start("ln", [folder["cache.dll"], folder["output.dll"]]);
        await link.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(KeptArgumentsOutcome.Patched, KeptArguments.Apply(folder["output.dll"]));
        Assert.Equal(_release, File.ReadAllBytes(folder["cache.dll"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Apply_NoSuchAttributeOrTwo_IsRefusedAndUntouched(int times)
    {
        using var folder = new ScratchFolder();
        var bytes = Enumerable.Repeat(_release, times).SelectMany(b => b).Concat("MZ"u8.ToArray()).ToArray();
        File.WriteAllBytes(folder["lib.dll"], bytes);
        var error = Assert.Throws<InvalidDataException>(() => KeptArguments.Apply(folder["lib.dll"]));
        Assert.Contains("lib.dll", error.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(folder["lib.dll"]));
    }

    [Fact]
    public void TheAssemblyOfThisProcess_IsCompiledWithoutOptimisation() =>
        Assert.True(typeof(torch).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled);
}
