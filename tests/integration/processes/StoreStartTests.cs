using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Objects;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>
/// An object store that a service can't work with is one line and exit code 2 at its start, and not the first image of somebody's night;
/// one that is away is waited for.
/// </summary>
public sealed class StoreStartTests : IAsyncLifetime
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(60);
    private readonly ScratchFolder _scratch = new();
    private InMemoryS3Server _store = null!;

    public static TheoryData<string, int, string, string, string> Refusals() => new()
    {
        { "Balancer", 404, "NoSuchBucket", "Storage:Bucket", "has no bucket 'b'. Make it, or name another one." },
        { "Diffusion", 404, "NoSuchBucket", "Storage:Bucket", "has no bucket 'b'. Make it, or name another one." },
        { "Curation", 404, "NoSuchBucket", "Storage:Bucket", "has no bucket 'b'. Make it, or name another one." },
        { "Evaluator", 404, "NoSuchBucket", "Storage:Bucket", "has no bucket 'b'. Make it, or name another one." },
        { "Balancer", 403, "InvalidAccessKeyId", "Storage:AccessKey", "does not know the key 'a'. Correct it." },
        { "Balancer", 403, "SignatureDoesNotMatch", "Storage:SecretKey", "refuses the secret of the key 'a'. Correct it." },
        { "Balancer", 403, "AccessDenied", "Storage:AccessKey", "does not let the key 'a' read the bucket 'b': 403 AccessDenied" },
        { "Balancer", 404, "NotFound", "Storage:Endpoint", "Correct address, region and bucket." },
        { "Balancer", 400, "AuthorizationHeaderMalformed", "Storage:Endpoint", "Correct address, region and bucket." },
    };

    public async ValueTask InitializeAsync() => _store = await InMemoryS3Server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Start_StoreThatRefuses_IsOneLine(string service, int status, string code, string setting, string said)
    {
        _store.Intercept = (http, _) => InMemoryS3Server.RefuseAsync(http, status, code);

        await AssertOneLineAsync(service, _store.Settings, $"{setting}: The object store at {_store.Endpoint} ", said);
    }

    [Fact]
    public async Task Start_StoreAwayForLongerThanTheLimit_IsOneLine()
    {
        var nobody = string.Create(CultureInfo.InvariantCulture, $"--Storage:Endpoint=http://127.0.0.1:{TestPort.Reserve()}");

        await AssertOneLineAsync("Diffusion",
            [.. _store.Settings.Where(s => !s.StartsWith("--Storage:Endpoint=", StringComparison.Ordinal)), nobody,
                "--Mesh:StartLimit=00:00:03"],
            "Storage:Endpoint: The object store at http://127.0.0.1:", "(Mesh:StartLimit)");
    }

    [Theory]
    [InlineData("Balancer")]
    [InlineData("Curation")]
    public async Task Start_StoreAway_IsNotReadyUntilItComes(string service)
    {
        _store.Intercept = (http, _) => InMemoryS3Server.RefuseAsync(http, 503, "ServiceUnavailable");
        var port = TestPort.Reserve();
        await using var process = SyncxrProcess.StartService(service,
            [string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={port}"), "--Mesh:JsonPort=0", .. Folders(service),
                .. _store.Settings]);
        using var channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

        for (var clock = Stopwatch.StartNew(); !process.Output.Contains("The object store at", StringComparison.Ordinal);)
        {
            Assert.True(!process.HasExited && clock.Elapsed < _deadline, process.Output + process.Error);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await CheckAsync(channel, "live"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await CheckAsync(channel, "ready"));
        Assert.Contains("503 ServiceUnavailable", process.Output, StringComparison.Ordinal);
        _store.Intercept = null;
        await channel.ConnectUntilServingAsync(() => process.HasExited, () => process.Output + process.Error);
        Assert.Equal(0, await process.TerminateAsync());
    }

    private async Task AssertOneLineAsync(string service, IEnumerable<string> settings, string said, string andSaid)
    {
        await using var process = SyncxrProcess.StartService(service,
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", .. Folders(service), .. settings]);
        var code = await process.WaitForExitAsync();
        var told = process.Output + process.Error;

        Assert.True(code == 2, $"{code}\n{told}");
        var line = Assert.Single(process.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"error: {said}", line, StringComparison.Ordinal);
        Assert.Contains(andSaid, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
    }

    private string[] Folders(string service) =>
        service is "Balancer" or "Evaluator" ? [$"--{service}:StateFolder={_scratch["state"]}"] : [];

    /// <summary>The line about the store may come a moment before the port listens.</summary>
    private static async Task<HealthCheckResponse.Types.ServingStatus> CheckAsync(GrpcChannel channel, string service) =>
        (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service },
            new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + _deadline).WithWaitForReady())).Status;
}
