namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>Each of the servers is stopped for ten seconds while pairs are in flight.</summary>
[Collection(FixedCostMeshFixture.Collection)]
public sealed class ServerOutageTests(FixedCostMeshFixture fixture)
{
    [Theory]
    [InlineData("rabbitmq")]
    [InlineData("postgres")]
    [InlineData("s3")]
    public async Task Stop_ServerForTenSeconds_SealsTheSameRoot(string server)
    {
        if (fixture.Mesh is not { } mesh)
            return;
        var name = await mesh.CreateUntilRenderedAsync(new FaultSchedule($"stop {server}").NextBetween(1, 6));

        await fixture.Servers.InterruptAsync(server, TestContext.Current.CancellationToken);

        await mesh.AssertUndisturbedAsync(name);
    }
}
