using System.Diagnostics;
using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>Tokens and certificates are replaced while a data set assembles: first the old ones go, then the new ones come.</summary>
public sealed class TokenRotationTests
{
    private const string Old = "an-old-token/of=team:a", New = "a-new-token/of=team:a", Other = "a-token-that-stays";
    private static readonly TimeSpan _deadline = TimeSpan.FromMinutes(2);

    private static readonly DatasetSpec _spec = new()
    {
        Pairs = 36, // so many that it is not sealed before a busy machine has taken the identities away
        Seed = 7,
        Preset = "demo",
        ShardSize = 2,
        Curation = new CurationSettings { AcceptAll = true },
    };

    [Fact]
    public async Task TokensAndCertificates_ReplacedWhileASetAssembles_CostNoPairAndNoAttempt()
    {
        await using var mesh = await SecureMesh.StartAsync(Old, "Diffusion:Engine=fixed-cost", "Diffusion:FixedCost=00:00:00.500",
            "Diffusion/Mesh:MaxConnectionAge=00:00:01", "Balancer:Concurrency=2", "Balancer:RetryAfter=00:00:00.100",
            "Balancer:ReconcileEvery=00:00:00.200");
        using var stranger = new TestCertificateAuthority(mesh["stranger"]);
        using var channel = mesh.Connect();
        var datasets = new DatasetService.DatasetServiceClient(channel);
        var undisturbed = await UntilAsync(datasets, await CreateAsync(datasets), Old, IsSealed);
        await File.WriteAllTextAsync(mesh["token"], Old, TestContext.Current.CancellationToken);
        var name = await CreateAsync(datasets);
        await using var watch = SyncxrProcess.StartCommand("dataset", "watch", name, "--json", "--mesh", mesh.Address, "--ca-file",
            mesh.CaFile, "--token-file", mesh["token"]);
        await UntilAsync(datasets, name, Old, d => d.Counts.Accepted >= 2 && (watch.HasExited || watch.Error.Trim().Length > 0));

        // The caller's token is taken away, and the balancer is a stranger to the diffusion service.
        TestTokenFile.Write(mesh.TokenFile, (Other, "team-a"));
        File.Copy(stranger.CaFile, mesh.AuthorityFileOf("Diffusion"), overwrite: true);
        await UntilRefusedAsync(datasets, name, Old);
        var waiting = await UntilAsync(datasets, name, Other, d => d.Waiting?.WaitsFor == "diffusion");
        Assert.Equal(DatasetState.Assembling, waiting.State);
        Assert.InRange(waiting.Counts.Accepted, 2, _spec.Pairs - 1);

        // The new ones are there.
        File.Copy(mesh.CaFile, mesh.AuthorityFileOf("Diffusion"), overwrite: true);
        TestTokenFile.Write(mesh.TokenFile, (Other, "team-a"), (New, "team-a"));
        await File.WriteAllTextAsync(mesh["token"], New, TestContext.Current.CancellationToken);
        var done = await UntilAsync(datasets, name, New, IsSealed);

        Assert.Equal(undisturbed.Root, done.Root);
        Assert.Equal((_spec.Pairs, undisturbed.Counts.Attempts, 0),
            (done.Counts.Accepted, done.Counts.Attempts, done.Counts.Rejected.Count));
        Assert.True(await watch.WaitForExitAsync() == 0, watch.Output + watch.Error);
        Assert.Contains(done.Root, watch.Output, StringComparison.Ordinal);
        await UntilRefusedAsync(datasets, name, Old);
    }

    private static async Task<string> CreateAsync(DatasetService.DatasetServiceClient datasets) =>
        (await datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = _spec }, As(Old))).Dataset.Name;

    private static bool IsSealed(ImageReportDataset dataset) => dataset.State == DatasetState.Sealed;

    /// <summary>Asks again until it is so; a token that is not known yet is no answer.</summary>
    private static async Task<ImageReportDataset> UntilAsync(DatasetService.DatasetServiceClient datasets, string name, string token,
        Func<ImageReportDataset, bool> until)
    {
        ImageReportDataset? last = null;
        for (var clock = Stopwatch.StartNew(); last is null || !until(last); await Task.Delay(100))
        {
            Assert.True(clock.Elapsed < _deadline && last?.State is null or DatasetState.Assembling or DatasetState.Sealing, $"{last}");
            try
            {
                last = (await datasets.GetDatasetAsync(new GetDatasetRequest { Name = name }, As(token))).Dataset;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.Unauthenticated)
            {
                // gateway and balancer read the file within a second, each in its own time
            }
        }

        return last;
    }

    private static async Task UntilRefusedAsync(DatasetService.DatasetServiceClient datasets, string name, string token)
    {
        var clock = Stopwatch.StartNew();
        while (await Record.ExceptionAsync(async () => await datasets.GetDatasetAsync(new GetDatasetRequest { Name = name }, As(token)))
            is not RpcException { StatusCode: StatusCode.Unauthenticated })
        {
            Assert.True(clock.Elapsed < _deadline, "the token that was taken away is still accepted");
            await Task.Delay(100);
        }
    }

    private static Metadata As(string token) => new() { { "authorization", "Bearer " + token } };
}
