using System.Diagnostics;
using System.Text.Json;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>
/// <c>-p:MeshBackend=cuda</c> swaps the native packages and nothing else; the default has none for a GPU.
/// </summary>
public sealed class BackendPackagesTests
{
    private const string Onnx = "Microsoft.ML.OnnxRuntime";
    private const string OnnxGpu = "Microsoft.ML.OnnxRuntime.Gpu";
    private const string TorchGpu = "TorchSharp-cuda-linux";
    private const string Llama = "LLamaSharp.Backend.Cpu";
    private const string LlamaGpu = "LLamaSharp.Backend.Cuda12";

    [Theory]
    [InlineData("gateway/cli/SynCxr.Mesh.Cli.csproj", OnnxGpu, TorchGpu, LlamaGpu)]
    [InlineData("services/diffusion/SynCxr.Mesh.Diffusion.csproj", OnnxGpu)]
    [InlineData("services/trainer/SynCxr.Mesh.Trainer.csproj", TorchGpu)]
    [InlineData("services/report/SynCxr.Mesh.Report.csproj", OnnxGpu, LlamaGpu)]
    public async Task PackageReference_Cuda_IsExactlyTheGpuPackages(string project, params string[] gpu)
    {
        var (plain, _) = await EvaluateAsync(project);
        var (cuda, versions) = await EvaluateAsync(project, "-p:MeshBackend=cuda");

        Assert.Equal(gpu.Order(StringComparer.Ordinal), cuda.Except(plain).Order(StringComparer.Ordinal));
        Assert.All(plain.Except(cuda),
            name => Assert.True(name is Onnx or Llama || name.StartsWith("libtorch-cpu", StringComparison.Ordinal), name));
        Assert.Equal(gpu.Length, plain.Except(cuda).Count());
        Assert.DoesNotContain(plain, IsForGpu);
        Assert.Equal(gpu.Length, cuda.Count(IsForGpu));
        Assert.All(gpu, name => Assert.Matches(@"^[0-9]+\.[0-9]+\.[0-9]+$", versions[name]));
    }

    [Fact]
    public async Task PackageVersion_OfTheGpuHalves_FitTheManagedOnes()
    {
        var (_, versions) = await EvaluateAsync("gateway/cli/SynCxr.Mesh.Cli.csproj", "-p:MeshBackend=cuda");
        var (managed, native) = (Version.Parse(versions["Microsoft.ML.OnnxRuntime.Managed"]), Version.Parse(versions[OnnxGpu]));

        // ONNX Runtime's C interface is fixed within a minor version, and a package takes a managed half at least as new as itself.
        Assert.Equal((native.Major, native.Minor), (managed.Major, managed.Minor));
        Assert.True(native <= managed, $"{OnnxGpu} {native} is newer than the managed {managed}");
        Assert.Equal(versions["TorchSharp"], versions[TorchGpu]);
        Assert.Equal([versions["LLamaSharp"], versions["LLamaSharp"]], [versions[Llama], versions[LlamaGpu]]);
    }

    private static bool IsForGpu(string package) =>
        package.Contains("cuda", StringComparison.OrdinalIgnoreCase) || package.EndsWith(".Gpu", StringComparison.OrdinalIgnoreCase);

    private static async Task<(HashSet<string> References, Dictionary<string, string> Versions)> EvaluateAsync(string project,
        params string[] more)
    {
        var items = await ItemsAsync(project, "PackageReference,PackageVersion", more);
        return (
            [.. items.GetProperty("PackageReference").EnumerateArray().Select(Name)],
            items.GetProperty("PackageVersion").EnumerateArray().ToDictionary(Name, i => i.GetProperty("Version").GetString()!));
    }

    private static async Task<JsonElement> ItemsAsync(string project, string items, params string[] more)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", Path.Combine(Repository.Root, project), "-getItem:" + items, .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await error);
        return JsonDocument.Parse(output).RootElement.GetProperty("Items");
    }

    private static string Name(JsonElement item) => item.GetProperty("Identity").GetString()!;
}
