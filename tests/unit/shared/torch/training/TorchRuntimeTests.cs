using SynCxr.Mesh.Torch.Training;
using TorchSharp;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Torch.Training;

public sealed class TorchRuntimeTests
{
    [Theory]
    [InlineData("gpu")]
    [InlineData("")]
    [InlineData("CPU")]
    public void Problem_UnknownDevice_NamesBoth(string device) =>
        Assert.Equal($"there is no device '{device}'; choose cpu or cuda", TorchRuntime.FindDeviceProblem(device));

    [Fact]
    public void Problem_Cpu_IsNone() => Assert.Null(TorchRuntime.FindDeviceProblem(TorchRuntime.Cpu));

    /// <summary>On a machine with a GPU and the build for it there is nothing to refuse; here the words are what counts.</summary>
    [Fact]
    public void Problem_CudaWithoutGpu_SaysWhatIsMissing()
    {
        var problem = TorchRuntime.FindDeviceProblem(TorchRuntime.Cuda);
        if (torch.cuda.is_available())
            Assert.Null(problem);
        else
            Assert.Contains("-p:MeshBackend=cuda", problem);
    }

    [Fact]
    public void Use_AnotherDeviceThanBefore_IsRefused()
    {
        TorchRuntime.Configure(TorchRuntime.Cpu, null);
        Assert.Throws<InvalidOperationException>(() => TorchRuntime.Configure(TorchRuntime.Cuda, null));
    }

    [Fact]
    public void Use_AnotherNumberOfThreadsThanBefore_IsRefusedAndNoneTakesIt()
    {
        TorchRuntime.Configure(TorchRuntime.Cpu, torch.get_num_threads());
        var given = torch.get_num_threads();

        Assert.Contains($"with {given} threads",
            Assert.Throws<InvalidOperationException>(() => TorchRuntime.Configure(TorchRuntime.Cpu, given + 1)).Message,
            StringComparison.Ordinal);
        TorchRuntime.Configure(TorchRuntime.Cpu, null);
        Assert.Equal(given, torch.get_num_threads());
    }

    [Fact]
    public void Normal_SameSeed_IsWhatLibtorchDraws()
    {
        using var scope = torch.NewDisposeScope();
        using var one = new torch.Generator(7);
        using var other = new torch.Generator(7);
        Assert.Equal(torch.randn(5, generator: other).data<float>().ToArray(), TorchRandom.Normal([5], one).data<float>().ToArray());
    }
}
