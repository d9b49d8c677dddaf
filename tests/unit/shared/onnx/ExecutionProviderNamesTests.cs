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
    public void FindIdleSettings_SettingsOfAnotherProvider_AreNamed()
    {
        var all = new DeviceSettings { Device = 1, MemoryMiB = 4096, CudaGraphs = true, EngineCache = "/cache" };

        Assert.Equal(
            [
                "S:Device has no effect with S:ExecutionProvider cpu; it is for cuda and tensorrt. Leave it out.",
                "S:DeviceMemoryMiB has no effect with S:ExecutionProvider cpu; it is for cuda. Leave it out.",
                "S:CudaGraphs has no effect with S:ExecutionProvider cpu; it is for cuda. Leave it out.",
                "S:TensorRtCache has no effect with S:ExecutionProvider cpu; it is for tensorrt. Leave it out.",
            ],
            ExecutionProviderNames.FindIdleSettings(ExecutionProviderNames.Cpu, all, "S"));
        Assert.StartsWith("S:TensorRtCache", Assert.Single(ExecutionProviderNames.FindIdleSettings(ExecutionProviderNames.Cuda, all, "S")));
        Assert.Equal(2, ExecutionProviderNames.FindIdleSettings(ExecutionProviderNames.TensorRt, all, "S").Count());
        Assert.Empty(ExecutionProviderNames.FindIdleSettings(ExecutionProviderNames.Cpu, DeviceSettings.Default, "S"));
    }

    [Fact]
    public void ProviderOptions_Settings_AreWrittenAsOnnxRuntimeReadsThem()
    {
        var device = new DeviceSettings { Device = 1, MemoryMiB = 4096, CudaGraphs = true, EngineCache = "/cache" };

        Assert.Equal(
            new Dictionary<string, string> { ["device_id"] = "1", ["gpu_mem_limit"] = "4294967296", ["enable_cuda_graph"] = "1" },
            ExecutionProviderNames.CudaOptions(device));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["device_id"] = "1",
                ["trt_engine_cache_enable"] = "1",
                ["trt_engine_cache_path"] = "/cache",
            },
            ExecutionProviderNames.TensorRtOptions(device));
        Assert.Equal(new Dictionary<string, string> { ["device_id"] = "0" }, ExecutionProviderNames.CudaOptions(DeviceSettings.Default));
    }

    [Theory]
    [InlineData("cuda", new[] { "Cpu", "Cpu" }, true)]
    [InlineData("tensorrt", new[] { "Cpu", "CpuPinned" }, true)]
    [InlineData("cuda", new[] { "Cpu", "Cuda" }, false)]
    [InlineData("cpu", new[] { "Cpu", "Cpu" }, false)]
    public void FindUnusedProvider_EverythingInTheProcessorsMemory_IsRefusedByName(string provider, string[] memories, bool isRefused)
    {
        var problem = OnnxSession.FindUnusedProvider(provider, memories);
        Assert.Equal(isRefused, problem is not null);
        Assert.Contains(isRefused ? $"'{provider}' was asked for" : "", problem ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[ErrorCode:RuntimeException] std::bad_alloc", true)]
    [InlineData("Failed to allocate memory for requested buffer of size 268435456", true)]
    [InlineData("CUDA failure 2: out of memory ; GPU=0", true)]
    [InlineData("[ErrorCode:InvalidProtobuf] Protobuf parsing failed.", false)]
    public void IsOutOfMemory_WhatOnnxRuntimeSays_IsToldFromAWrongFile(string message, bool expected) =>
        Assert.Equal(expected, OnnxSession.IsOutOfMemory(message));

    [Fact]
    public void Describe_Cpu_NamesRuntimeProviderAndInstructions() =>
        Assert.Matches(@"^onnxruntime-1\.\d+\.\d+/cpu/\w+-\w+/(avx512f|avx2|avx|neon|scalar)$",
            EngineFingerprint.Describe(new OnnxSessionOptions("cpu", 2)));

    [Fact]
    public void Describe_OtherThreads_IsTheSame() =>
        Assert.Equal(EngineFingerprint.Describe(new OnnxSessionOptions("cpu", 1)),
            EngineFingerprint.Describe(new OnnxSessionOptions("cpu", 2)));
}
