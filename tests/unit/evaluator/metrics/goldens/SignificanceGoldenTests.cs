using System.Text.Json;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Metrics.Significance;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics.Goldens;

/// <summary>Tests and intervals against what statsmodels, MLstatkit, confidenceinterval and SciPy say.</summary>
public sealed class SignificanceGoldenTests
{
    private const string Name = "metrics-goldens";
    private const double Float64 = 1e-9, Float32 = 1e-5, Level = 0.05;
    private static readonly Dictionary<string, Func<IReadOnlyList<double>, double[]>> _corrections = new()
    {
        ["bonferroni"] = PValueCorrections.Bonferroni,
        ["holm"] = PValueCorrections.Holm,
        ["fdr_bh"] = PValueCorrections.BenjaminiHochberg,
        ["fdr_by"] = PValueCorrections.BenjaminiYekutieli,
        ["hommel"] = PValueCorrections.Hommel,
        ["simes-hochberg"] = PValueCorrections.Hochberg,
        ["sidak"] = PValueCorrections.Sidak,
        ["holm-sidak"] = PValueCorrections.HolmSidak,
    };

    [GoldenFact("metrics-goldens")]
    public void PValueCorrections_TiesNaNAndNone_AreAsStatsmodels()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var cases = from row in folder.ReadList("p-values.jsonl") from method in _corrections.Keys select (Row: row, Method: method);
        GoldenCases.Run($"{Name}/p-values", cases, c => $"{c.Row.GetProperty("name").GetString()}:{c.Method}", c =>
        {
            var answer = c.Row.GetProperty(c.Method).GetProperty("value");
            var ours = _corrections[c.Method](LibraryAnswer.ToDoubles(c.Row.GetProperty("p")));
            var theirs = LibraryAnswer.ToDoubles(answer.GetProperty("corrected"));
            Assert.Equal(theirs.Length, ours.Length);
            for (var i = 0; i < ours.Length; i++)
                LibraryAnswer.CheckClose(theirs[i], ours[i], Float64);
            Assert.Equal(answer.GetProperty("reject").EnumerateArray().Select(v => v.GetBoolean()), ours.Select(p => p <= Level));
        });
    }

    [GoldenFact("metrics-goldens")]
    public void McNemarTest_FewAndNoDifferingPairs_IsAsStatsmodels()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var cases = from row in folder.ReadList("mcnemar.jsonl")
                    from way in new[] { "exact", "chi2", "chi2_corrected" }
                    select (Row: row, Way: way);
        GoldenCases.Run($"{Name}/mcnemar", cases, c => $"{string.Concat(c.Row.GetProperty("table").ToString().Split())}:{c.Way}", c =>
        {
            var table = c.Row.GetProperty("table");
            var test = new McNemarTest(table[0][1].GetInt32(), table[1][0].GetInt32());
            var ours = c.Way switch { "exact" => test.Exact(), "chi2" => test.ChiSquare(), _ => test.ChiSquareCorrected() };
            var theirs = c.Row.GetProperty(c.Way).GetProperty("value");
            LibraryAnswer.CheckClose(LibraryAnswer.ToDouble(theirs.GetProperty("statistic")), ours.Statistic, Float64);
            LibraryAnswer.CheckClose(LibraryAnswer.ToDouble(theirs.GetProperty("pvalue")), ours.PValue, Float64);
        });
    }

    [GoldenFact("metrics-goldens")]
    public void DeLongTest_TiesFewAndSameScores_IsAsTheLibraries()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        string[] ways = ["auc", "mlstatkit_delong_z_p", "confidenceinterval_delong_95"];
        var cases = from row in folder.ReadList("delong.jsonl") from way in ways select (Row: row, Way: way);
        GoldenCases.Run($"{Name}/delong", cases, c => $"{c.Row.GetProperty("name").GetString()}:{c.Way}", c =>
        {
            var truth = c.Row.GetProperty("y").EnumerateArray().Select(v => v.GetInt32() == 1).ToList();
            (IReadOnlyList<double>, IReadOnlyList<double>) Sides(string score)
            {
                var all = LibraryAnswer.ToDoubles(c.Row.GetProperty(score));
                return ([.. all.Where((_, i) => truth[i])], [.. all.Where((_, i) => !truth[i])]);
            }

            var ours = DeLongTest.Compare(Sides("one"), Sides("two"));
            if (c.Way == "auc")
            {
                LibraryAnswer.Check(c.Row.GetProperty("auc_one"), () => ours.First.Value, Float64);
                LibraryAnswer.Check(c.Row.GetProperty("auc_two"), () => ours.Second.Value, Float64);
                return;
            }

            var theirs = c.Row.GetProperty(c.Way).GetProperty("value");
            if (c.Way == ways[1])
            {
                CheckInterval(theirs[2], ours.First, Float64);
                CheckInterval(theirs[3], ours.Second, Float64);
                if (theirs[6].GetProperty("method").GetString() == "delong")
                {
                    LibraryAnswer.CheckClose(theirs[0].GetDouble(), ours.Z, Float64);
                    LibraryAnswer.CheckClose(theirs[1].GetDouble(), ours.PValue, Float64);
                    LibraryAnswer.CheckClose(theirs[6].GetProperty("var_diff").GetDouble(), ours.DifferenceVariance, Float64);
                }
                else // identical scores: it falls back to a bootstrap and says p = 0, which is not to be followed
                    Assert.Equal((0, 1), (ours.Z, ours.PValue));
                return;
            }

            LibraryAnswer.CheckClose(theirs[0].GetDouble(), ours.First.Value, Float32);
            // this library does not clip to 0..1
            LibraryAnswer.CheckClose(Math.Clamp(theirs[1][0].GetDouble(), 0, 1), ours.First.Low, Float32);
            LibraryAnswer.CheckClose(Math.Clamp(theirs[1][1].GetDouble(), 0, 1), ours.First.High, Float32);
        });
    }

    [GoldenFact("metrics-goldens")]
    public void Bootstrap_PercentileBasicAndBiasCorrected_AreAsSciPy()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        string[] ways = ["percentile", "basic", "BCa"];
        var cases = from row in folder.ReadList("bootstrap.jsonl") from way in ways select (Row: row, Way: way);
        GoldenCases.Run($"{Name}/bootstrap", cases, c => $"{c.Row.GetProperty("name").GetString()!.Replace(' ', '-')}:{c.Way}", c =>
        {
            double[] x = LibraryAnswer.ToDoubles(c.Row.GetProperty("x")), y = LibraryAnswer.ToDoubles(c.Row.GetProperty("y"));
            double[] values = c.Row.GetProperty("name").GetString() == "mean" ? x : [.. x.Zip(y, (a, b) => a - b)];
            double Mean(int[][] sample) => sample[0].Average(i => values[i]);
            var ours = c.Way switch
            {
                "percentile" => Bootstrap.Percentile([values.Length], Mean, 40_000, seed: 1),
                "basic" => Bootstrap.Basic([values.Length], Mean, 40_000, seed: 1),
                _ => Bootstrap.BiasCorrected([values.Length], Mean, 40_000, seed: 1),
            };
            var theirs = c.Row.GetProperty(c.Way);
            theirs = LibraryAnswer.Value(theirs) ?? theirs;
            var (low, high) = (theirs.GetProperty("low").GetDouble(), theirs.GetProperty("high").GetDouble());
            LibraryAnswer.CheckClose(low, ours.Low, relative: 0, absolute: (high - low) / 20);
            LibraryAnswer.CheckClose(high, ours.High, relative: 0, absolute: (high - low) / 20);
            if (c.Way == "BCa") // the tolerance is wider than what it corrects: hold the correction itself
            {
                var (plain, theirPlain) = (Bootstrap.Percentile([values.Length], Mean, 40_000, seed: 1), c.Row.GetProperty("percentile"));
                theirPlain = LibraryAnswer.Value(theirPlain) ?? theirPlain;
                LibraryAnswer.CheckClose(low - theirPlain.GetProperty("low").GetDouble(), ours.Low - plain.Low, 0, (high - low) / 80);
                LibraryAnswer.CheckClose(high - theirPlain.GetProperty("high").GetDouble(), ours.High - plain.High, 0, (high - low) / 80);
            }

            var normal = Bootstrap.NormalApproximation([values.Length], Mean, 40_000, seed: 1);
            LibraryAnswer.CheckClose(theirs.GetProperty("standard_error").GetDouble(), (normal.High - normal.Low) / 2 / 1.96, 0.05);
        });
    }

    private static void CheckInterval(JsonElement theirs, ConfidenceInterval ours, double tolerance)
    {
        LibraryAnswer.CheckClose(theirs[0].GetDouble(), ours.Low, tolerance);
        LibraryAnswer.CheckClose(theirs[1].GetDouble(), ours.High, tolerance);
    }
}
