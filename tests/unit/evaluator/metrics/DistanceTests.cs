using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Torch.Training;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics;

public sealed class DistanceTests
{
    [Fact]
    public void Kernel_TwoRowsEach_IsTheHandWorkedEstimate()
    {
        // d = 1, k(a, b) = (ab + 1)³: within x k(1, 2) = 27, within y k(0, 3) = 1, between (1 + 64 + 1 + 343) / 4.
        var distance = new KernelDistance([[1f], [2f]], [[0f], [3f]]);

        Assert.Equal(27 + 1 - 2 * (1 + 64 + 1 + 343) / 4.0, distance.Value, 9);
    }

    [Fact]
    public void Kernel_SubsetsOfAll_EqualTheWhole()
    {
        var (x, y) = (Cloud(20, 4, 0, 1), Cloud(20, 4, 1, 2));
        var distance = new KernelDistance(x, y);

        Assert.Equal(distance.Value, distance.OverSubsets(5, 20, 1), 9);
        Assert.InRange(distance.OverSubsets(200, 8, 1) / distance.Value, 0.9, 1.1);
    }

    [Fact]
    public void Kernel_SameAndOtherDistribution_IntervalHoldsZeroAndDoesNot()
    {
        var same = new KernelDistance(Cloud(120, 4, 0, 1), Cloud(120, 4, 0, 2)).WithInterval(300, 1);
        var other = new KernelDistance(Cloud(120, 4, 0, 1), Cloud(120, 4, 1, 2)).WithInterval(300, 1);

        Assert.InRange(0, same.Low, same.High);
        Assert.True(other.Low > 0);
    }

    [Fact]
    public void Frechet_AxisAlignedSets_IsTheClosedForm()
    {
        // Sample covariances diag(4/3 · a²): means 5 apart on one axis, deviations 1, 2 against 3, 2.
        float[][] x = Cross(1, 2, 0), y = Cross(3, 2, 5);
        var scale = Math.Sqrt(2.0 / 3);

        Assert.Equal(25 + Math.Pow(scale * (3 - 1), 2), FrechetDistance.Calculate(x, y), 6);
        Assert.Equal(0, FrechetDistance.Calculate(x, x), 6);
    }

    [Fact]
    public void Frechet_RotatedCovariances_IsTheSameFromBothSides()
    {
        var (x, y) = (Cloud(60, 5, 0, 3),
            Cloud(60, 5, 0.5, 4).Select(r => new[] { r[0] + r[1], r[1] - r[2], r[2], 2 * r[3], r[4] + r[0] }).ToArray());

        Assert.Equal(FrechetDistance.Calculate(x, y), FrechetDistance.Calculate(y, x), 6);
        Assert.True(FrechetDistance.Calculate(x, y) > 0);
    }

    [Fact]
    public void Manifold_HandWorkedLine_CountsWhatLiesInTheBalls()
    {
        // k = 1 on a line: radii of 0, 1, 3, 7 are 1, 1, 2, 4; what lies as far away as the radius is outside.
        float[][] of = [[0f], [1f], [3f], [7f]];
        float[][] rows = [[-0.9f], [0.5f], [4f], [12f], [10.5f]];

        Assert.Equal([1, 1, 1, 0, 1], ManifoldCoverage.Covered(rows, of, k: 1));
        Assert.Equal([1, 2, 2, 0, 1], ManifoldCoverage.Density(rows, of, k: 1));
        Assert.Equal([1, 1, 1, 1], ManifoldCoverage.Filled(rows, of, k: 1));
        Assert.Equal([1, 1, 0, 0], ManifoldCoverage.Filled(rows[..2], of, k: 1));
        Assert.Equal([0], ManifoldCoverage.Covered([[-1f]], of, k: 1));
        Assert.Throws<ArgumentException>(() => ManifoldCoverage.Covered(of, of, k: 3));
    }

    [Fact]
    public void Pairwise_TwoGroups_IsTheMeanOfTheirMeans()
    {
        var distance = new PairwiseDistance([[[0f], [1f], [3f]], [[5f], [9f]]]);

        Assert.Equal((2 + 4) / 2.0, distance.Value, 12);
        Assert.Equal((1 + 4) / 2.0, distance.ForSample([[0, 0, 1], [0, 1]]), 12);
        Assert.Equal(1, distance.ForSample([[0, 0, 1], [1, 1]]), 12);
    }

    [Fact]
    public void Nearest_UnitRows_FindsTheFirstOfTheMostAlike()
    {
        var nearest = NearestRowSearch.Find([[1f, 0f], [0.6f, 0.8f]], [[0f, 1f], [0.8f, 0.6f], [0.8f, 0.6f]]);

        Assert.Equal((1, 1), (nearest[0].Index, nearest[1].Index));
        Assert.Equal(0.96, nearest[1].Cosine, 6);
    }

    [Fact]
    public void Frechet_OnThreadsThatComputedNothingYet_IsTheSameToTheBit()
    {
        TorchRuntime.Configure(TorchRuntime.Cpu, 1); // the number of the whole process, as TestMesh has it
        var (x, y) = (Cloud(96, 64, 0, 1), Cloud(96, 64, 0.1, 2));
        var found = new double[6];

        for (var i = 0; i < found.Length; i++)
        {
            var thread = new Thread(at => found[(int)at!] = FrechetDistance.Calculate(x, y));
            thread.Start(i);
            thread.Join();
        }

        TorchRuntime.ApplyThreadCount();
        Assert.All(found,
            f => Assert.Equal(BitConverter.DoubleToInt64Bits(FrechetDistance.Calculate(x, y)), BitConverter.DoubleToInt64Bits(f)));
    }

    private static float[][] Cross(float a, float b, float shift) => [[shift - a, 0], [shift + a, 0], [shift, b], [shift, -b]];

    private static float[][] Cloud(int rows, int width, double shift, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows)
            .Select(_ => Enumerable.Range(0, width).Select(_ => (float)(shift + random.NextDouble() + random.NextDouble() - 1)).ToArray())];
    }
}
