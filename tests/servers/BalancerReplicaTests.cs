using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Testkit.Bus;
using SynCxr.Mesh.Testkit.Objects;

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>Two balancers share the work, and the data set does not change.</summary>
public sealed class BalancerReplicaTests(ServersFixture servers)
{
    [Fact]
    public async Task CreateDataset_TwoReplicas_ShareTheWorkAndSealTheRootOfOneProcess()
    {
        if (!servers.AreAvailable())
            return;
        var (alone, ledger) = await TwoBalancerMesh.RunStandaloneAsync(new PeerOptions { DistinctImages = 60 });
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(),
            new PeerOptions { DistinctImages = 60, MaxDelayMs = 20 });
        using var scratch = new ScratchFolder();

        var done = await TwoBalancerMesh.WaitUntilSealedAsync(mesh.Second,
            (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.Equal(alone.Root, done.Root);
        Assert.Equal(alone.Counts.Rejected, done.Counts.Rejected);
        Assert.Equal(ledger, await mesh.ReadLedgerAsync(done.Name));
        await using (var db = mesh.OpenRows())
            Assert.Equal(2, (await db.Pairs.Select(p => p.ClaimedBy).Distinct().ToListAsync()).Count);
        Assert.StartsWith("s3://", done.Location, StringComparison.Ordinal);
        foreach (var (replica, copy) in new[] { (mesh.First, scratch["first"]), (mesh.Second, scratch["second"]) })
        {
            var check = await TwoBalancerMesh.ExportAsync(replica, done.Name, copy);
            Assert.True(check.IsIntact, string.Join('\n', check.Problems));
            Assert.Equal(alone.Root, check.Root);
        }
    }

    /// <summary>Creations of one tenant are decided one after the other, whichever replica they come to.</summary>
    [Fact]
    public async Task CreateDataset_AtBothReplicasAtOnce_GetTogetherWhatTheTenantMayHave()
    {
        if (!servers.AreAvailable())
            return;
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(),
            new PeerOptions { Gate = new TaskCompletionSource() }, null, "--Balancer:PairsPerTenant=50");

        var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await (i % 2 == 0 ? mesh.First : mesh.Second).CreateAsync(BalancerTestMesh.CreateSpec(20, (ulong)i));
                return true;
            }
            catch (Grpc.Core.RpcException refusal) when (refusal.StatusCode == Grpc.Core.StatusCode.ResourceExhausted)
            {
                return false;
            }
        }));

        Assert.Equal(2, created.Count(c => c));
        await using var db = mesh.OpenRows();
        Assert.Equal(40, await db.Datasets.SumAsync(d => d.Pairs, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CreateDataset_EveryMessageTwice_SealsTheSameRoot()
    {
        if (!servers.AreAvailable())
            return;
        var (alone, ledger) = await TwoBalancerMesh.RunStandaloneAsync(new PeerOptions { DistinctImages = 60 });
        var twice = new LossyDelivery { IsLost = _ => false, IsDoubled = _ => true };
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(),
            new PeerOptions { DistinctImages = 60 }, twice.AddTo);

        var done = await TwoBalancerMesh.WaitUntilSealedAsync(mesh.First,
            (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.True(twice.Count > 24, "the filter saw no messages");
        Assert.Equal(alone.Root, done.Root);
        Assert.Equal(ledger, await mesh.ReadLedgerAsync(done.Name));
        // The loser of each race saw that it had lost before it changed anything: a try that the row stopped later would be counted, and
        // put off for a reason that no peer gave. What a peer could not do in time is counted too; on a busy machine that happens.
        var delays = mesh.First.Delays.All.Concat(mesh.Second.Delays.All).ToList();
        Assert.All(delays,
            d => Assert.True(Enum.TryParse<Grpc.Core.StatusCode>(d.Status, out _), $"pair {d.Index}: {d.Status}: {d.Detail}"));
        await using var db = mesh.OpenRows();
        var duplicates = await db.Rejects.Where(r => r.Step == "duplicate").Select(r => r.Index)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.All(await db.Pairs.ToListAsync(TestContext.Current.CancellationToken),
            p => Assert.Equal(p.Version - 1 - duplicates.Count(i => i == p.Index) + delays.Count(d => d.Index == p.Index), p.TriesInAll));
    }

    [Fact]
    public async Task CreateDataset_MessagesLost_ReconcilerRepublishes()
    {
        if (!servers.AreAvailable())
            return;
        var (alone, ledger) = await TwoBalancerMesh.RunStandaloneAsync(new PeerOptions { DistinctImages = 60 });
        var lossy = new LossyDelivery { IsLost = n => n % 3 == 0, IsDoubled = _ => false };
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(),
            new PeerOptions { DistinctImages = 60 }, lossy.AddTo, "--Balancer:OverdueAfter=00:00:01");

        var done = await TwoBalancerMesh.WaitUntilSealedAsync(mesh.First,
            (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.True(lossy.Count > 24, "the filter saw no messages");
        Assert.Equal(alone.Root, done.Root);
        Assert.Equal(ledger, await mesh.ReadLedgerAsync(done.Name));
    }

    /// <summary>What the test above leans on: where nobody looks at rows again, a lost message is a lost pair.</summary>
    [Fact]
    public async Task CreateDataset_MessagesLostWithoutReconciler_Stalls()
    {
        if (!servers.AreAvailable())
            return;
        var lossy = new LossyDelivery { IsLost = n => n % 3 == 0, IsDoubled = _ => false };
        await using var mesh = await TwoBalancerMesh.StartAsync(
            await servers.CreateSettingsAsync(), new PeerOptions { DistinctImages = 60 }, lossy.AddTo, "--Balancer:OverdueAfter=01:00:00",
            "--Balancer:ReconcileEvery=00:10:00");
        var name = (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec())).Name;

        var (last, same) = (0, 0);
        while (same < 40) // ten seconds without a message
        {
            await Task.Delay(250, TestContext.Current.CancellationToken);
            (last, same) = (lossy.Count, lossy.Count == last ? same + 1 : 0);
        }

        Assert.Equal(DatasetState.Assembling,
            (await mesh.First.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = name })).Dataset.State);
    }

    [Fact]
    public async Task CancelDataset_AtOneReplica_StopsTheCallsOfTheOther()
    {
        if (!servers.AreAvailable())
            return;
        var settings = new PeerOptions { Gate = new TaskCompletionSource() };
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(), settings, null,
            "--Balancer:ReconcileEvery=00:10:00");
        var name = (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec())).Name;
        // the window of the replica that was asked, which both work on
        Assert.True(SpinWait.SpinUntil(() => settings.Waiting == 6, TimeSpan.FromSeconds(20)),
            $"{settings.Waiting} calls wait, 3 of each replica were expected");

        await mesh.Second.Datasets.CancelDatasetAsync(new CancelDatasetRequest { Name = name });

        Assert.True(SpinWait.SpinUntil(() => settings.Waiting == 0, TimeSpan.FromSeconds(5)), $"{settings.Waiting} calls still wait");
        Assert.Equal(DatasetState.Cancelled, (await mesh.First.WatchAsync(name)).State);
    }

    /// <summary>
    /// The lease of the one that stores a file ran out while it stored it, the other began anew, and neither came to an end.
    /// </summary>
    [Fact]
    public async Task Seal_PutsLongerThanTheLease_OneReplicaStoresEachFileOnce()
    {
        if (!servers.AreAvailable())
            return;
        await using var store = await InMemoryS3Server.StartAsync();
        store.Intercept = async (http, key) =>
        {
            if (http.Request.Method == "PUT"
                && (key.EndsWith(".tar", StringComparison.Ordinal) || key.EndsWith("/run.parquet", StringComparison.Ordinal)))
                await Task.Delay(TimeSpan.FromSeconds(3), http.RequestAborted);
            return false;
        };
        string[] settings = [.. (await servers.CreateSettingsAsync()).Where(s => !s.StartsWith("--Storage:", StringComparison.Ordinal)),
            .. store.Settings, "--Balancer:SealingLease=00:00:02"];
        await using var mesh = await TwoBalancerMesh.StartAsync(settings, new PeerOptions());

        var done = await TwoBalancerMesh.WaitUntilSealedAsync(mesh.Second,
            (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name);

        var puts = store.Requests.Where(r => r.Method == "PUT" && r.Key.Contains("/datasets/", StringComparison.Ordinal));
        Assert.All(puts.CountBy(r => r.Key), file => Assert.Equal(1, file.Value));
        using var scratch = new ScratchFolder();
        Assert.True((await TwoBalancerMesh.ExportAsync(mesh.First, done.Name, scratch["copy"])).IsIntact);
    }

    [Fact]
    public async Task Pause_AtOneReplica_StopsTheOtherAndEitherResumes()
    {
        if (!servers.AreAvailable())
            return;
        var (alone, ledger) = await TwoBalancerMesh.RunStandaloneAsync(new PeerOptions { DistinctImages = 60 });
        var (settings, verdicts) = (new PeerOptions { DistinctImages = 60 }, 0);
        settings.BeforeVerdict = _ =>
        {
            if (Interlocked.Increment(ref verdicts) == 10)
                settings.ImageFailure = new MeshException(ErrorReasons.PermissionDenied, "you may not");
        };
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(), settings);
        var name = (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec())).Name;

        Assert.Equal(DatasetState.Paused, (await mesh.Second.WatchAsync(name)).State);
        settings.ImageFailure = null;
        await mesh.Second.ResumeAsync(name);

        var done = await TwoBalancerMesh.WaitUntilSealedAsync(mesh.First, name);
        Assert.Equal(alone.Root, done.Root);
        Assert.Equal(ledger, await mesh.ReadLedgerAsync(name));
    }

    [Fact]
    public async Task Stop_OneReplicaInTheMiddle_ReleasesItsPairs()
    {
        if (!servers.AreAvailable())
            return;
        var (alone, _) = await TwoBalancerMesh.RunStandaloneAsync(new PeerOptions { DistinctImages = 60 });
        var settings = new PeerOptions { DistinctImages = 60, MaxDelayMs = 20 };
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(), settings, null,
            "--Balancer:OverdueAfter=01:00:00");
        var name = (await mesh.First.CreateAsync(BalancerTestMesh.CreateSpec())).Name;
        await mesh.First.WatchAsync(name, _ => settings.Calls > 20);

        await mesh.Second.DisposeAsync();

        Assert.Equal(alone.Root, (await TwoBalancerMesh.WaitUntilSealedAsync(mesh.First, name)).Root);
    }

    [Fact]
    public async Task Stop_WhileMessagesArrive_ConsumesNoMore()
    {
        if (!servers.AreAvailable())
            return;
        var taken = new LossyDelivery { IsLost = _ => false, IsDoubled = _ => false };
        string[] options = [.. await servers.CreateSettingsAsync(), "--Balancer:Concurrency=4", "--Mesh:DrainDelay=00:00:04"];
        await using var first = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { DistinctImages = 60, MaxDelayMs = 60 }, null, options);
        var second = await first.JoinAsync(BalancerTestMesh.CreateStateFolder(), taken.AddTo, options);
        var name = (await first.CreateAsync(BalancerTestMesh.CreateSpec())).Name;
        Assert.True(SpinWait.SpinUntil(() => taken.Count >= 4, TimeSpan.FromSeconds(20)), "the replica that will stop took no messages");

        var (before, stop) = (taken.Count, second.DisposeAsync().AsTask());
        await TwoBalancerMesh.WaitUntilSealedAsync(first, name);
        await stop;

        Assert.InRange(taken.Count, before, before + 8); // what was on its way; handed back and taken again it would be far more
    }

    [Fact]
    public async Task CreateDataset_SameRequestIdAtBothReplicasAtOnce_IsOneDataset()
    {
        if (!servers.AreAvailable())
            return;
        await using var mesh = await TwoBalancerMesh.StartAsync(await servers.CreateSettingsAsync(), new PeerOptions());
        var request = new CreateDatasetRequest { Spec = BalancerTestMesh.CreateSpec(5), RequestId = "once" };

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 12)
                .Select(i => (i % 2 == 0 ? mesh.First : mesh.Second).Datasets.CreateDatasetAsync(request).ResponseAsync));

        Assert.Single(answers.Select(a => a.Dataset.Name).Distinct());
        Assert.Single((await mesh.First.Datasets.ListDatasetsAsync(new ListDatasetsRequest())).Datasets);
    }

    [Fact]
    public async Task Migrate_ManyAtOnceOnAnEmptyDatabase_IsDoneOnce()
    {
        if (!servers.AreAvailable())
            return;
        var connection = (await servers.CreateSettingsAsync()).First(s => s.Contains("ConnectionString", StringComparison.Ordinal))
            .Split('=', 2)[1];
        var options = new Balancer.BalancerOptions { Database = DatabaseNames.Postgres, ConnectionString = connection };

        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => BalancerDb.Open(options, TimeProvider.System).MigrateAsync(CancellationToken.None)));

        await using var db = BalancerDb.Open(options, TimeProvider.System).CreateContext();
        Assert.Empty(await db.Database.GetPendingMigrationsAsync());
        Assert.Equal(db.Database.GetMigrations(), await db.Database.GetAppliedMigrationsAsync());
    }
}
