using Microsoft.Extensions.Time.Testing;
using SynCxr.Mesh.Overload;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

public sealed class TenantFairQueueTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Dequeue_FloodOfOneTenant_LeavesTheOtherEverySecondPlace()
    {
        var queue = CreateQueue();
        AddAll(queue, "a", 6);
        AddAll(queue, "b", 2);

        Assert.Equal("a1 b1 a2 b2 a3 a4 a5 a6", DequeueAll(queue));
    }

    [Fact]
    public void Dequeue_TenantThatComesLater_GetsNoCreditForTheTimeBefore()
    {
        var queue = CreateQueue();
        AddAll(queue, "a", 12);
        for (var i = 0; i < 8; i++)
            queue.Dequeue(queue.PeekNext()!);
        AddAll(queue, "b", 4);

        Assert.Equal("b1 a9 b2 a10 b3 a11 b4 a12", DequeueAll(queue));
    }

    [Fact]
    public void Dequeue_Weights_AreTheSharesOfEach()
    {
        var queue = CreateQueue(("b", 4));
        AddAll(queue, "a", 3);
        AddAll(queue, "b", 8);

        Assert.Equal("a1 b1 b2 b3 b4 a2 b5 b6 b7 b8 a3", DequeueAll(queue));
    }

    [Fact]
    public void Dequeue_DearWork_CountsByItsCost()
    {
        var queue = CreateQueue();
        queue.Add("a1", "a", cost: 3);
        queue.Add("a2", "a", cost: 3);
        AddAll(queue, "b", 4);

        Assert.Equal("a1 b1 b2 b3 a2 b4", DequeueAll(queue));
    }

    [Fact]
    public void Dequeue_Priority_CountsWithinATenantAndAgesAway()
    {
        var queue = CreateQueue();
        queue.Add("old", "a");
        _clock.Advance(TenantFairQueue<string>.AgeingStep - TimeSpan.FromSeconds(1));
        queue.Add("urgent", "a", priority: 1);
        queue.Add("other", "b");
        _clock.Advance(TimeSpan.FromSeconds(2));
        queue.Add("late", "a", priority: 1);

        Assert.Equal("urgent other old late", DequeueAll(queue));
    }

    [Fact]
    public void FindAhead_ManyTenants_IsTheOrderThatFollows()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var queue = CreateQueue(("a", 2));
            for (var i = 0; i < random.Next(30); i++)
            {
                queue.Add($"{round}.{i}", "abc"[random.Next(3)].ToString(), random.Next(2), random.Next(1, 4));
                if (random.Next(3) == 0)
                    queue.Dequeue(queue.PeekNext()!);
                _clock.Advance(TimeSpan.FromSeconds(random.Next(20)));
            }

            var (tenant, priority) = ("abc"[random.Next(3)].ToString(), random.Next(2));
            var ahead = string.Join(' ', queue.FindAhead(tenant, priority).Select(place => place.Item));
            queue.Add("new", tenant, priority);

            Assert.Equal(ahead, DequeueAll(queue).Split("new")[0].Trim());
        }
    }

    [Fact]
    public void Remove_PlaceThatHasLeft_SaysSoAndChangesNothing()
    {
        var queue = CreateQueue();
        var place = queue.Add("a1", "a");
        queue.Add("a2", "a");

        Assert.True(queue.Remove(place));
        Assert.False(queue.Remove(place));
        Assert.Equal((1, 1, 0), (queue.Count, queue.CountOf("a"), queue.CountOf("b")));
    }

    [Theory]
    [InlineData(6, "a=0 b=6")]
    [InlineData(12, "a=1 b=11")]
    public void Divide_TenantThatHasMore_GetsWhatEvensItOut(int places, string expected)
    {
        var shares = TenantShares.Divide(places, [("a", 10, 1), ("b", 0, 1)]);

        Assert.Equal(expected, $"a={shares.Find(s => s.Tenant == "a").Count} b={shares.Find(s => s.Tenant == "b").Count}");
    }

    [Fact]
    public void Divide_Weights_AreKept() =>
        Assert.Equal([("a", 3), ("b", 9)], TenantShares.Divide(12, [("a", 0, 1), ("b", 0, 3)]));

    private static void AddAll(TenantFairQueue<string> queue, string tenant, int count)
    {
        for (var i = 1; i <= count; i++)
            queue.Add($"{tenant}{i}", tenant);
    }

    private static string DequeueAll(TenantFairQueue<string> queue)
    {
        var taken = new List<string>();
        while (queue.PeekNext() is { } place)
        {
            queue.Dequeue(place);
            taken.Add(place.Item);
        }

        return string.Join(' ', taken);
    }

    private TenantFairQueue<string> CreateQueue(params (string Tenant, double Weight)[] weights) =>
        new(new TenantWeights(weights.ToDictionary(w => w.Tenant, w => w.Weight)), _clock);
}
