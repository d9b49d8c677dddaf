namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>Messages that come twice or not at all.</summary>
[Collection(FixedCostMesh.Collection)]
public sealed class MessageTests(FixedCostMesh fixture)
{
    [Fact]
    public async Task Deliver_EveryMessageTwice_NothingLostOrDoubledSameRoot()
    {
        if (fixture.Mesh is not { } mesh)
            return;
        await mesh.WholeAsync();
        await using var relay = await Relay.StartAsync(mesh.Servers, _ => 2);

        await mesh.AssertUndisturbedAsync(await mesh.CreateAsync());

        Assert.True(relay.Seen >= 24, $"{relay.Seen} messages went by");
        Assert.True(relay.Passed >= 2 * 24, $"{relay.Passed} of {relay.Seen} were passed on");
    }

    [Fact]
    public async Task Drop_OneMessageInTen_TheReconcilerMakesUp()
    {
        if (fixture.Mesh is not { } mesh)
            return;
        await mesh.WholeAsync();
        var unlucky = new Schedule("drop").Between(0, 9);
        await using var relay = await Relay.StartAsync(mesh.Servers, n => n % 10 == unlucky ? 0 : 1);

        await mesh.AssertUndisturbedAsync(await mesh.CreateAsync());

        Assert.True(relay.Seen - relay.Passed >= 2, $"{relay.Seen - relay.Passed} of {relay.Seen} messages were lost");
    }
}
