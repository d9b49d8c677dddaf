using System.Diagnostics;
using System.Text.Json;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>Clients made by others: <c>buf curl</c> over gRPC with reflection, and curl over JSON.</summary>
public sealed class ForeignClientTests(StandaloneMeshFixture mesh)
{
    [Fact]
    public async Task Reflection_BufCurl_ListsEveryService()
    {
        var (code, output, error) = await RunBufCurlAsync("--list-services", mesh.Grpc);

        Assert.True(code == 0, error);
        foreach (var service in new[] { "report.v1.ReportService", "diffusion.v1.DiffusionService", "curation.v1.CurationService",
            "balancer.v1.BalancerService", "dataset.v1.DatasetService", "trainer.v1.TrainerService", "evaluator.v1.EvaluatorService" })
            Assert.Contains("syncxr." + service, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateReport_BufCurl_EndsWithTheReport()
    {
        var (code, output, error) = await RunBufCurlAsync(
            "-d", """{"spec":{"entities":["abnormality/consolidation","anatomy/left-lower-lobe"],"seed":"7"}}""",
            mesh.Grpc + "/syncxr.report.v1.ReportService/GenerateReport");

        Assert.True(code == 0, error);
        Assert.Contains("\"impression\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GenerateImage_BufCurl_StreamsStepsAndAPng()
    {
        var (code, output, error) = await RunBufCurlAsync(
            "-d", """{"spec":{"prompt":"Left lower lobe consolidation.","seed":"7","steps":4},"previewEvery":2}""",
            mesh.Grpc + "/syncxr.diffusion.v1.DiffusionService/GenerateImage");

        Assert.True(code == 0, error);
        Assert.Contains("\"total\": 4", output, StringComparison.Ordinal);
        Assert.Contains("iVBORw0KGgo", output, StringComparison.Ordinal);
        Assert.Contains("\"pixelsSha256\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteReport_Curl_AnswersJson()
    {
        var (code, output, error) = await RunAsync("curl", "-sS", "--fail-with-body", mesh.Json + "/v1/reports:write", "-d",
            """{"spec":{"entities":["abnormality/consolidation"],"seed":"18446744073709551615"}}""", "-H",
            "content-type: application/json");

        Assert.True(code == 0, output + error);
        Assert.NotEmpty(JsonDocument.Parse(output).RootElement.GetProperty("report").GetProperty("findings").GetString()!);
        // as a JSON number it would lose its last digits in JavaScript
        Assert.Contains("\"18446744073709551615\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteReport_CurlWithBadInput_IsA400ThatNamesTheField()
    {
        var (_, output, _) = await RunAsync("curl", "-sS", "-w", "\n%{http_code}", mesh.Json + "/v1/reports:write", "-d",
            """{"spec":{"entities":["abnormality/nonsense"]}}""", "-H", "content-type: application/json");

        Assert.EndsWith("400", output.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("entities[0]", output, StringComparison.Ordinal);
    }

    internal static Task<(int Code, string Output, string Error)> RunBufCurlAsync(params string[] args) =>
        RunAsync("npx",
            ["--prefix", Path.Combine(Repository.Root, "protos"), "buf", "curl", "--protocol", "grpc", "--http2-prior-knowledge", .. args]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(string file, params string[] args)
    {
        using var process = Process.Start(
            new ProcessStartInfo(file, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
