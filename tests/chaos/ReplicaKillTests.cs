namespace SynCxr.Mesh.Chaos.Tests;

/// <summary><c>kill -9</c> while pairs are in flight.</summary>
[Collection(FixedCostMeshFixture.Collection)]
public sealed class ReplicaKillTests(FixedCostMeshFixture fixture)
{
    public static TheoryData<string> Services => [.. ChaosMesh.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Kill_OneReplica_SealsTheSameRoot(string service)
    {
        if (fixture.Mesh is not { } mesh)
            return;
        var schedule = new FaultSchedule($"kill {service}");
        var name = await mesh.CreateUntilRenderedAsync(schedule.NextBetween(1, 12));

        mesh.Kill(service, schedule.NextBetween(1, 2));

        await mesh.AssertUndisturbedAsync(name);
    }

    [Fact]
    public async Task Kill_BothBalancers_SealsTheSameRoot()
    {
        if (fixture.Mesh is not { } mesh)
            return;
        var name = await mesh.CreateUntilRenderedAsync(new FaultSchedule("kill both").NextBetween(1, 12));

        mesh.Kill("balancer", 1);
        mesh.Kill("balancer", 2);

        await mesh.WaitUntilReadyAsync();
        await mesh.AssertUndisturbedAsync(name);
    }
}
