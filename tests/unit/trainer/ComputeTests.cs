using SynCxr.Mesh.Torch.Training;
using TorchSharp;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests;

public sealed class ComputeTests
{
    [Theory]
    [InlineData("gpu")]
    [InlineData("")]
    [InlineData("CPU")]
    public void Problem_UnknownDevice_NamesBoth(string device) => Assert.Equal($"device '{device}' is neither cpu nor cuda", Compute.FindDeviceProblem(device));

    [Fact]
    public void Problem_Cpu_IsNone() => Assert.Null(Compute.FindDeviceProblem(Compute.Cpu));

    /// <summary>On a machine with a GPU and the build for it there is nothing to refuse; here the words are what counts.</summary>
    [Fact]
    public void Problem_CudaWithoutGpu_SaysWhatIsMissing()
    {
        var problem = Compute.FindDeviceProblem(Compute.Cuda);
        if (torch.cuda.is_available())
            Assert.Null(problem);
        else
            Assert.Contains("-p:MeshBackend=cuda", problem);
    }

    [Fact]
    public void Use_AnotherDeviceThanBefore_IsRefused()
    {
        Compute.Configure(Compute.Cpu, null);
        Assert.Throws<InvalidOperationException>(() => Compute.Configure(Compute.Cuda, null));
    }

    [Fact]
    public void Use_AnotherNumberOfThreadsThanBefore_IsRefusedAndNoneTakesIt()
    {
        Compute.Configure(Compute.Cpu, torch.get_num_threads());
        var given = torch.get_num_threads();

        Assert.Contains($"with {given} threads", Assert.Throws<InvalidOperationException>(() => Compute.Configure(Compute.Cpu, given + 1)).Message, StringComparison.Ordinal);
        Compute.Configure(Compute.Cpu, null);
        Assert.Equal(given, torch.get_num_threads());
    }

    [Fact]
    public void Normal_SameSeed_IsWhatLibtorchDraws()
    {
        using var scope = torch.NewDisposeScope();
        using var one = new torch.Generator(7);
        using var other = new torch.Generator(7);
        Assert.Equal(torch.randn(5, generator: other).data<float>().ToArray(), Noise.Normal([5], one).data<float>().ToArray());
    }
}
