using Google.Rpc;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Tests.Datasets;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Lifecycle;

/// <summary>What the data sets of one tenant may take, and that it is nobody else's business.</summary>
public sealed class DatasetQuotaTests
{
    [Fact]
    public async Task Create_MorePairsThanTheTenantMayHave_IsRefusedUntilSomeAreDoneOrCancelled()
    {
        var settings = new PeerOptions { Gate = new TaskCompletionSource() };
        await using var mesh = await StartAsync(settings, "--Balancer:PairsPerTenant=50");
        var first = await CreateAsync(mesh, "a", 24);
        await CreateAsync(mesh, "a", 20);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => CreateAsync(mesh, "a", 7));

        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Equal("QUOTA_EXHAUSTED", refusal.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason);
        foreach (var part in new[] { "44 pairs", "7 more", "50", "Balancer:PairsPerTenant" })
            Assert.Contains(part, refusal.Status.Detail, StringComparison.Ordinal);
        await CreateAsync(mesh, "a", 6);
        await CreateAsync(mesh, "b", 50); // what a has is not counted for b
        using (RequestContext.Enter("a", "cancel"))
            await mesh.Datasets.CancelDatasetAsync(new CancelDatasetRequest { Name = first });
        var last = await CreateAsync(mesh, "a", 24);
        await Assert.ThrowsAsync<RpcException>(() => CreateAsync(mesh, "a", 1));
        settings.Gate.SetResult();
        using (RequestContext.Enter("a", "watch"))
            Assert.Equal(DatasetState.Sealed, (await mesh.WatchAsync(last)).State);
        await CreateAsync(mesh, "a", 24);
    }

    /// <summary>All find room when they come; the plan of each takes longer than the look.</summary>
    [Fact]
    public async Task Create_SeveralAtOnce_HaveTogetherWhatTheTenantMayHave()
    {
        await using var mesh = await StartAsync(new PeerOptions { Gate = new TaskCompletionSource() }, "--Balancer:PairsPerTenant=50");

        var created = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await CreateAsync(mesh, "a", 20, seed: (ulong)i);
                return true;
            }
            catch (RpcException refusal) when (refusal.StatusCode == StatusCode.ResourceExhausted)
            {
                return false;
            }
        }));

        Assert.Equal(2, created.Count(c => c));
        await using var db = mesh.OpenRows();
        Assert.Equal(40, await db.Datasets.Where(d => d.Tenant == "a").SumAsync(d => d.Pairs, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Create_ValidateOnlyOrSameRequestId_AreJudgedAsWell()
    {
        await using var mesh = await StartAsync(new PeerOptions { Gate = new TaskCompletionSource() }, "--Balancer:PairsPerTenant=24");
        var request = new CreateDatasetRequest { Spec = BalancerTestMesh.CreateSpec(), RequestId = "once" };
        var first = (await mesh.Datasets.CreateDatasetAsync(request)).Dataset.Name;

        Assert.Equal(first, (await mesh.Datasets.CreateDatasetAsync(request)).Dataset.Name); // the answer was lost: no second set
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.QuotaExhausted, () => mesh.Datasets.CreateDatasetAsync(
            new CreateDatasetRequest { Spec = BalancerTestMesh.CreateSpec(), ValidateOnly = true }).ResponseAsync);
    }

    [Fact]
    public async Task Assemble_MoreBytesThanTheTenantMayHave_PausesAndGoesOnWhereThereIsRoom()
    {
        var settings = new PeerOptions { MaxDelayMs = 60 };
        var state = BalancerTestMesh.CreateStateFolder();
        string name;
        await using (var mesh = await StartOnAsync(state, settings, "--Balancer:BytesPerTenant=1", "--Balancer:Concurrency=1"))
        {
            name = await CreateAsync(mesh, "a", 24);
            using var caller = RequestContext.Enter("a", "watch");

            var paused = await mesh.WatchAsync(name);

            Assert.Equal((DatasetState.Paused, "QUOTA_EXHAUSTED"), (paused.State, paused.Failure?.Reason));
            Assert.Contains("Balancer:BytesPerTenant", paused.Failure!.Message, StringComparison.Ordinal);
            await RefusedCallAssert.HasReasonAsync(ErrorReasons.QuotaExhausted, () => CreateAsync(mesh, "a", 1));
            await CreateAsync(mesh, "b", 1); // has nothing stored yet
            await mesh.ResumeAsync(name);
            Assert.Equal("QUOTA_EXHAUSTED", (await mesh.WatchAsync(name)).Failure?.Reason);
        }

        await using var later = await StartOnAsync(state, settings, "--Balancer:BytesPerTenant=1000000000");
        using var again = RequestContext.Enter("a", "resume");
        await later.ResumeAsync(name);
        var done = await later.WatchAsync(name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure}");
        Assert.Equal(await SealUndisturbedAsync(), done.Root);
    }

    /// <summary>The sums that the rows of done shards keep are those of the pairs.</summary>
    [Fact]
    public async Task StoredBytes_SealedDataset_AreItsImagesAndItsFiles()
    {
        await using var mesh = await StartAsync(new PeerOptions());
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;
        Assert.Equal(DatasetState.Sealed, (await mesh.WatchAsync(name)).State);

        await using var db = mesh.OpenRows();
        var images = await db.Pairs.SumAsync(p => p.ImageSize, TestContext.Current.CancellationToken);
        var files = (await mesh.Datasets.ListDatasetFilesAsync(new ListDatasetFilesRequest { Name = name })).Files.Sum(f => f.SizeBytes);
        Assert.Equal(images + files, (await db.Datasets.SingleAsync(TestContext.Current.CancellationToken)).StoredBytes);
        Assert.InRange(images, 24, long.MaxValue);
    }

    private static async Task<string> SealUndisturbedAsync()
    {
        await using var mesh = await StartAsync(new PeerOptions());
        return (await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name)).Root;
    }

    private static Task<BalancerTestMesh> StartAsync(PeerOptions settings, params string[] options) =>
        StartOnAsync(BalancerTestMesh.CreateStateFolder(), settings, options);

    private static Task<BalancerTestMesh> StartOnAsync(string state, PeerOptions settings, params string[] options) =>
        BalancerTestMesh.StartAsync(state, settings, null, options);

    private static async Task<string> CreateAsync(BalancerTestMesh mesh, string tenant, int pairs, ulong seed = 7)
    {
        using var caller = RequestContext.Enter(tenant, "create");
        return (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(pairs, seed))).Name;
    }
}
