namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>Each of the servers is away for ten seconds while pairs are in flight.</summary>
[Collection(FixedCostMesh.Collection)]
public sealed class ServerTests(FixedCostMesh fixture)
{
    private static readonly TimeSpan _away = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("rabbitmq")]
    [InlineData("postgres")]
    [InlineData("s3")]
    public async Task Stop_ServerForTenSeconds_NothingLostOrDoubledSameRoot(string server)
    {
        if (fixture.Mesh is not { } mesh)
            return;
        var name = await mesh.CreateUntilDrawnAsync(new Schedule($"stop {server}").Between(1, 6));

        await fixture.Servers.StopAsync(server);
        try
        {
            await Task.Delay(_away, TestContext.Current.CancellationToken);
        }
        finally
        {
            await fixture.Servers.StartAsync(server);
        }

        await mesh.AssertUndisturbedAsync(name);
    }
}
