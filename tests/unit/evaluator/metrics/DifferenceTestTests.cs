using SynCxr.Mesh.Evaluator.Metrics;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics;

public sealed class DifferenceTestTests
{
    [Fact]
    public void TestDifference_ShiftedAndCentredSample_IsUnlikelyAndLikely()
    {
        double[] centred = [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? 1.0 : -1.0)];

        var none = Bootstrap.TestDifference([40], d => d[0].Average(i => centred[i]), 999, seed: 1);
        var some = Bootstrap.TestDifference([40], d => d[0].Average(i => centred[i] + 1), 999, seed: 1);

        Assert.True(none.PValue > 0.5, $"{none.PValue}");
        Assert.Equal(2.0 / 1000, some.PValue, 12);
        Assert.True(none.Interval is { Low: < 0, High: > 0 } && some.Interval.Low > 0);
    }

    [Fact]
    public void ComputeInterval_RunsThatDiffer_IsWiderThanOverPatientsAlone()
    {
        var patients = PatientBootstrap.ByPatient([.. Enumerable.Range(0, 100).Select(i => $"{i}")]);
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i / 100.0)];
        double[] shifts = [-0.2, 0, 0.2];

        var alone = patients.ComputeInterval(d => d.Average(i => values[i]), 2000, seed: 1);
        var both = patients.ComputeInterval([3], (d, runs) => d.Average(i => values[i]) + runs[0].Average(r => shifts[r]), 2000, seed: 1);

        Assert.Equal(alone.Value, both.Value, 12);
        // variances add: of patients, and of the mean of three runs, 0.08 / 3 / 3 each
        var expected = Math.Sqrt(Math.Pow((alone.High - alone.Low) / 3.92, 2) + 0.08 / 9) * 3.92;
        Assert.InRange((both.High - both.Low) / expected, 0.9, 1.1);
    }
}
