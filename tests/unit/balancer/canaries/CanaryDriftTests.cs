using System.Globalization;
using SynCxr.Mesh.Balancer.Canaries;

namespace SynCxr.Mesh.Balancer.Tests.Canaries;

/// <summary>What the schedule and the test find together, at the default settings, over 100 seeds.</summary>
public sealed class CanaryDriftTests
{
    private const int Seeds = 100;

    private static readonly CanaryOptions _defaults = new();

    [Fact]
    public void Add_OneVerdictInTenIsALie_IsFoundWithin200PicturesFor95Of100Seeds()
    {
        int[] found = [.. Enumerable.Range(0, Seeds).Select(seed => FindDrift(seed, lies: 0.1, pictures: 200)).OfType<int>().Order()];
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{found.Length} of {Seeds} found, half of them by picture {found[found.Length / 2]}");
        Assert.InRange(found.Length, 95, Seeds);
    }

    [Fact]
    public void Add_JudgeThatIsRight_IsNeverSuspectedWithin5000Pictures() =>
        Assert.Equal(0, Enumerable.Range(0, Seeds).Count(seed => FindDrift(seed, lies: 0, pictures: 5000) is not null));

    /// <summary>A judge that samples its answers is wrong now and then; a quarter of what is tolerated must not pause a data set.</summary>
    [Fact]
    public void Add_JudgeThatIsRarelyWrong_IsSeldomSuspected() =>
        Assert.InRange(Enumerable.Range(0, Seeds).Count(seed => FindDrift(seed, lies: 0.0005, pictures: 5000) is not null), 0, 3);

    [Fact]
    public void Add_LongGoodTimeBeforeADrift_DoesNotHideIt()
    {
        var test = new CanaryDriftTest(_defaults);
        var sum = 0.0;
        for (var i = 0; i < 10_000; i++)
            sum = test.Add(sum, isWrong: false);
        Assert.Equal(0, sum);
        Assert.True(test.Add(test.Add(sum, isWrong: true), isWrong: true) >= CanaryDriftTest.Limit);
        Assert.True(test.Add(sum, isWrong: true) < CanaryDriftTest.Limit, "one wrong verdict is no drift");
    }

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(1_999, 0.25)]
    [InlineData(4_000, 0.125)]
    [InlineData(1_000_000, 0.05)]
    public void ShareAt_GrowingSet_FallsToTheLeast(long index, double share) =>
        Assert.Equal(share, new CanarySchedule(_defaults).ShareAt(index), 3);

    [Fact]
    public void IsDue_ManyPairs_MakesTheShareOfAllPictures()
    {
        var schedule = new CanarySchedule(_defaults);
        var canaries = Enumerable.Range(0, 2_000).Count(i => schedule.IsDue("a set", i, 0, isSuspected: false));
        Assert.InRange((double)canaries / (2_000 + canaries), 0.23, 0.27);
        Assert.All(Enumerable.Range(0, 50), i => Assert.True(schedule.IsDue("a set", i, 0, isSuspected: true)));
        Assert.False(new CanarySchedule(new CanaryOptions { Share = 0 }).IsDue("a set", 1, 0, isSuspected: true));
    }

    /// <summary>The picture at which the judge is found out; null where it is not. Pairs and canaries are pictures.</summary>
    private static int? FindDrift(int seed, double lies, int pictures)
    {
        var (schedule, test) = (new CanarySchedule(_defaults), new CanaryDriftTest(_defaults));
        var spec = seed.ToString(CultureInfo.InvariantCulture);
        var random = new Random(seed);
        var sum = 0.0;
        for (int picture = 1, index = 0; picture <= pictures; picture++, index++)
        {
            if (!schedule.IsDue(spec, index, 0, isSuspected: sum > 0))
                continue;
            sum = test.Add(sum, random.NextDouble() < lies);
            if (sum >= CanaryDriftTest.Limit)
                return picture;
            picture++; // the pair's own
        }

        return null;
    }
}
