using System.Diagnostics;
using System.Text.Json;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>
/// <c>-p:MeshBackend=cuda</c> swaps the native packages and <c>-p:LLamaSharp=true</c> brings its own, and nothing else; the default has
/// neither.
/// </summary>
public sealed class BackendPackagesTests
{
    private const string Onnx = "Microsoft.ML.OnnxRuntime";
    private const string OnnxGpu = "Microsoft.ML.OnnxRuntime.Gpu";
    private const string TorchGpu = "TorchSharp-cuda-linux";

    [Theory]
    [InlineData("gateway/cli/SynCxr.Mesh.Cli.csproj", OnnxGpu, TorchGpu)]
    [InlineData("services/diffusion/SynCxr.Mesh.Diffusion.csproj", OnnxGpu)]
    [InlineData("services/trainer/SynCxr.Mesh.Trainer.csproj", TorchGpu)]
    public async Task PackageReference_Cuda_IsExactlyTheGpuPackages(string project, params string[] gpu)
    {
        var (plain, _) = await EvaluateAsync(project);
        var (cuda, versions) = await EvaluateAsync(project, "-p:MeshBackend=cuda");

        Assert.Equal(gpu.Order(StringComparer.Ordinal), cuda.Except(plain).Order(StringComparer.Ordinal));
        Assert.All(plain.Except(cuda),
            name => Assert.True(name == Onnx || name.StartsWith("libtorch-cpu", StringComparison.Ordinal), name));
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
    }

    [Theory]
    [InlineData("LLamaSharp.Backend.Cpu")]
    [InlineData("LLamaSharp.Backend.Cuda12", "-p:MeshBackend=cuda")]
    public async Task PackageReference_LLamaSharp_IsExactlyItsTwoPackages(string backend, params string[] more)
    {
        const string Project = "services/report/llamasharp/SynCxr.Mesh.Report.LlamaSharp.csproj";
        var (plain, _) = await EvaluateAsync(Project, more);
        var (asked, versions) = await EvaluateAsync(Project, ["-p:LLamaSharp=true", .. more]);
        Assert.Equal(new[] { "LLamaSharp", backend, "Microsoft.Extensions.AI.Abstractions" }.Order(StringComparer.Ordinal),
            asked.Except(plain).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(plain, name => name.StartsWith("LLamaSharp", StringComparison.Ordinal));
        Assert.Equal(versions["LLamaSharp"], versions[backend]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "-p:LLamaSharp=true")]
    public async Task ProjectReference_OfTheReportService_HasLLamaSharpWhereItIsAskedFor(bool has, params string[] more)
    {
        var (references, _) = await EvaluateAsync("services/report/SynCxr.Mesh.Report.csproj", more);
        Assert.DoesNotContain(references, name => name.StartsWith("LLamaSharp", StringComparison.Ordinal)); // it comes through the project
        var projects = await ItemsAsync("services/report/SynCxr.Mesh.Report.csproj", "ProjectReference", more);
        Assert.Equal(has,
            projects.GetProperty("ProjectReference").EnumerateArray().Any(p => Name(p).Contains("llamasharp/", StringComparison.Ordinal)));
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
