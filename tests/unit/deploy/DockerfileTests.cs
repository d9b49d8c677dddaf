using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Grpc.Health.V1;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Deploy.Tests;

/// <summary>
/// The publish step of the Dockerfile, run for each service: the published program starts and becomes ready.
/// </summary>
public sealed partial class DockerfileTests
{
    private static readonly string _text = File.ReadAllText(Path.Combine(Repository.Root, "docker", "service.Dockerfile"))
        .Replace("\\\n", "", StringComparison.Ordinal);

    public static TheoryData<string> ServiceNames => [.. BuiltServices.Ports.Keys];

    [Fact]
    public void Image_ItsRuntime_IsUbuntu2404WithoutRootAndWithAHealthCheck()
    {
        Assert.Contains("FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble AS runtime-cpu", _text, StringComparison.Ordinal);
        Assert.Contains("ubuntu24.04 AS runtime-cuda", _text, StringComparison.Ordinal);
        var last = _text[_text.LastIndexOf("FROM ", StringComparison.Ordinal)..];
        Assert.Matches(@"\nUSER \$APP_UID\n", last);
        Assert.Contains("ENTRYPOINT [\"/app/service\"]", last, StringComparison.Ordinal);
        Assert.Contains("CMD [\"/app/service\", \"--health\"]", last, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public async Task PublishStep_EachService_PublishesAProgramThatGetsReady(string service)
    {
        using var scratch = new ScratchFolder();
        var clock = Stopwatch.StartNew();
        var step = PublishPattern().Match(_text).Groups[1].Value.Replace("/app", scratch["app"], StringComparison.Ordinal);
        var (code, told) = await RunAsync(Repository.Root, new() { ["SERVICE"] = service, ["BACKEND"] = "cpu" }, "sh", "-c", step);
        Assert.True(code == 0, told);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{service} published in {clock.Elapsed.TotalSeconds:0} s"));

        Directory.CreateDirectory(scratch["state"]);
        var port = TestPort.Reserve();
        string[] settings = [string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={port}"),
            string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={TestPort.Reserve()}")];
        var program = Path.Combine(scratch["app"], "service");
        var (absent, _) = await RunAsync(scratch["state"], [], program, ["--health", .. settings]);
        Assert.Equal(1, absent);

        using var process = Process.Start(new ProcessStartInfo(program, settings)
        {
            WorkingDirectory = scratch["state"],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            for (clock.Restart(); (await RunAsync(scratch["state"], [], program, ["--health", .. settings])).Code != 0;)
            {
                Assert.False(process.HasExited, process.HasExited ? await output + await error : "");
                Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"{service} is not ready after a minute");
            }

            using var channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
            foreach (var name in new[] { "live", "ready" }) // the names that the probes in the manifests use
            {
                var answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = name },
                    deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
                Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
            }
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task<(int Code, string Told)> RunAsync(string folder, Dictionary<string, string> environment, string file,
        params IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(file, args)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    [GeneratedRegex(@"^RUN (.*dotnet publish.*)$", RegexOptions.Multiline)]
    private static partial Regex PublishPattern();
}
