using SynCxr.Mesh.Onnx;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Onnx;

public sealed class ExecutionProviderNamesTests
{
    [Fact]
    public void FindProblem_Cpu_IsNull() => Assert.Null(ExecutionProviderNames.FindProblem(ExecutionProviderNames.Cpu));

    [Fact]
    public void FindProblem_UnknownName_NamesItAndTheChoices()
    {
        var problem = ExecutionProviderNames.FindProblem("gpu");
        Assert.Contains("'gpu'", problem);
        Assert.Contains("cpu, cuda, tensorrt", problem);
    }

    [Theory]
    [InlineData(ExecutionProviderNames.Cuda)]
    [InlineData(ExecutionProviderNames.TensorRt)]
    public void Load_DeviceOfAnotherBuild_IsRefusedWithoutFallback(string provider)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => OnnxSession.Load("any.onnx", new OnnxSessionOptions(provider, 1)));
        Assert.Contains(provider, exception.Message);
        Assert.Contains("CPUExecutionProvider", exception.Message);
    }

    [Fact]
    public void Describe_Cpu_NamesRuntimeProviderAndInstructions() =>
        Assert.Matches(@"^onnxruntime-1\.\d+\.\d+/cpu/\w+-\w+/(avx512f|avx2|avx|neon|scalar)$",
            EngineFingerprint.Describe(new OnnxSessionOptions("cpu", 2)));

    [Fact]
    public void Describe_OtherThreads_IsTheSame() =>
        Assert.Equal(EngineFingerprint.Describe(new OnnxSessionOptions("cpu", 1)),
            EngineFingerprint.Describe(new OnnxSessionOptions("cpu", 2)));
}
