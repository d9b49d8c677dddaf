namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>Messages that are delivered twice or not at all.</summary>
[Collection(FixedCostMeshFixture.Collection)]
public sealed class MessageLossTests(FixedCostMeshFixture fixture)
{
    [Fact]
    public async Task Deliver_EveryMessageTwice_SealsTheSameRoot()
    {
        if (fixture.Mesh is not { } mesh)
            return;
        await mesh.WaitUntilReadyAsync();
        await using var relay = await MessageRelay.StartAsync(mesh.Servers, _ => 2);

        await mesh.AssertUndisturbedAsync(await mesh.CreateAsync());

        Assert.True(relay.Seen >= 24, $"{relay.Seen} messages went by");
        Assert.True(relay.Delivered >= 2 * 24, $"{relay.Delivered} of {relay.Seen} were passed on");
    }

    [Fact]
    public async Task Drop_OneMessageInTen_ReconcilerRepublishes()
    {
        if (fixture.Mesh is not { } mesh)
            return;
        await mesh.WaitUntilReadyAsync();
        var unlucky = new FaultSchedule("drop").NextBetween(0, 9);
        await using var relay = await MessageRelay.StartAsync(mesh.Servers, n => n % 10 == unlucky ? 0 : 1);

        await mesh.AssertUndisturbedAsync(await mesh.CreateAsync());

        Assert.True(relay.Seen - relay.Delivered >= 2, $"{relay.Seen - relay.Delivered} of {relay.Seen} messages were lost");
    }
}
