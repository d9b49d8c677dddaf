using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Assembly;

/// <summary>A tenant with few pairs does not wait for one with many.</summary>
public sealed class TenantTurnTests
{
    private const int Concurrency = 4;

    [Fact]
    public async Task Pairs_BehindThoseOfAnotherTenant_TakeEverySecondTurn()
    {
        var settings = new PeerOptions { RejectReportEvery = 0, RejectImageEvery = 0, MaxDelayMs = 10 };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings, null,
            $"--Balancer:Concurrency={Concurrency}");
        await CreateAsync(mesh, "many", pairs: 300);
        while (settings.Calls < 30)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        var before = settings.CallTenants.Count;

        var few = await CreateAsync(mesh, "few", pairs: 4);
        using (RequestContext.Enter("few", "watch"))
            Assert.Equal(DatasetState.Sealed, (await mesh.WatchAsync(few)).State);

        var tenants = settings.CallTenants.Skip(before).ToList();
        var own = tenants.Count(t => t == "few");
        var others = tenants.Take(tenants.LastIndexOf("few")).Count(t => t == "many");
        var window = PairDispatcher.WindowOf(new BalancerOptions { Concurrency = Concurrency });
        Assert.True(own >= 12, $"{own} calls of the tenant with few pairs"); // a report, an image and a verdict for each
        Assert.InRange(others, 1, (2 * own) + (3 * window)); // those that were in work when it came are finished first
    }

    private static async Task<string> CreateAsync(BalancerTestMesh mesh, string tenant, int pairs)
    {
        using var caller = RequestContext.Enter(tenant, "create");
        return (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(pairs))).Name;
    }
}
