using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Training;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics;

/// <summary>Every metric against Debian's scikit-learn and SciPy, 1,000 random cases: ties, few samples, one class only, NaN.</summary>
public sealed class ScikitLearnParityTests
{
    private const double Tolerance = 1e-9;
    private const string Python = "/usr/bin/python3";
    private static readonly JsonSerializerOptions _json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    [Fact]
    public async Task Binary_SixHundredCases_EqualScikitLearn()
    {
        if (!HasSklearn())
            return;
        var cases = Enumerable.Range(0, 600).Select(Binary).ToList();
        var answers = await AskAsync(
            [.. cases.Select(
                c => new JsonObject
                {
                    ["kind"] = "binary",
                    ["labels"] = Array(c.Labels),
                    ["scores"] = Array(c.Scores),
                    ["threshold"] = c.Threshold,
                })]);
        var refused = 0;
        for (var i = 0; i < cases.Count; i++)
        {
            var (labels, scores, threshold) = cases[i];
            double[] yes = [.. scores.Where((_, k) => labels[k] == 1)], no = [.. scores.Where((_, k) => labels[k] == 0)];
            if (answers[i]["refused"] is not null)
            {
                refused++;
                Assert.Throws<ArgumentException>(() => RocAuc.Calculate(yes, no));
                continue;
            }

            var at = ConfusionCounts.AtThreshold(threshold, yes, no);
            Same(answers[i], "auc", RocAuc.Calculate(yes, no), i);
            Same(answers[i], "f1", at.F1, i);
            Same(answers[i], "accuracy", at.Accuracy, i);
            Same(answers[i], "balanced", at.BalancedAccuracy, i);
            Same(answers[i], "best_f1", ConfusionCounts.AtThreshold(ConfusionCounts.BestF1Threshold(yes, no), yes, no).F1, i);
        }

        Assert.InRange(refused, 10, 300);
    }

    [Fact]
    public async Task Overlap_TwoHundredCases_EqualScikitLearn()
    {
        if (!HasSklearn())
            return;
        var cases = Enumerable.Range(0, 200).Select(i =>
        {
            var random = RandomSource.Create(5, "masks", i);
            var n = 1 + random.NextInt(400);
            var share = i % 10 == 0 ? 0 : random.NextDouble(0, 1);
            var other = i % 20 == 0 ? 0 : random.NextDouble(0, 1);
            return (One: Enumerable.Range(0, n).Select(_ => random.NextBool(share)).ToArray(),
                Other: Enumerable.Range(0, n).Select(_ => random.NextBool(other)).ToArray());
        }).ToList();
        var answers = await AskAsync(
            [.. cases.Select(c => new JsonObject { ["kind"] = "masks", ["one"] = Array(c.One), ["other"] = Array(c.Other) })]);
        for (var i = 0; i < cases.Count; i++)
        {
            var overlap = MaskOverlap.Compare(cases[i].One, cases[i].Other);
            Same(answers[i], "dice", overlap.DiceScore, i);
            Same(answers[i], "iou", overlap.Iou, i);
        }

        Assert.Contains(cases, c => !c.One.Contains(true) && !c.Other.Contains(true));
    }

    [Fact]
    public async Task Distributions_OneHundredFiftyCases_EqualSciPy()
    {
        if (!HasSklearn())
            return;
        var cases = Enumerable.Range(0, 150).Select(i =>
        {
            var random = RandomSource.Create(6, "samples", i);
            return (X: Sample(random, 1 + random.NextInt(80), i % 3 == 0), Y: Sample(random, 1 + random.NextInt(80), i % 3 == 0));
        }).ToList();
        var answers = await AskAsync(
            [.. cases.Select(c => new JsonObject { ["kind"] = "samples", ["x"] = Array(c.X), ["y"] = Array(c.Y) })]);
        for (var i = 0; i < cases.Count; i++)
        {
            Same(answers[i], "wasserstein", DistributionDistances.Wasserstein(cases[i].X, cases[i].Y), i);
            Same(answers[i], "ks", DistributionDistances.KolmogorovSmirnov(cases[i].X, cases[i].Y), i);
        }
    }

    [Fact]
    public async Task PrincipalComponents_FiftyCases_EqualScikitLearn()
    {
        if (!HasSklearn())
            return;
        var cases = Enumerable.Range(0, 50).Select(i =>
        {
            var random = RandomSource.Create(7, "rows", i);
            var n = 12 + random.NextInt(60);
            var width = 2 + random.NextInt(8);
            // a number that never varies, now and then
            double[] stretch = [.. Enumerable.Range(0, width).Select(k => k == 0 && i % 5 == 0 ? 0 : 1.0 + k)];
            return Enumerable.Range(0, n).Select(_ =>
            {
                var common = random.NextNormal();
                return stretch.Select((s, k) => (float)(s * (random.NextNormal() + (k < 2 ? 2 : 0.5) * common))).ToArray();
            }).ToArray();
        }).ToList();
        var answers = await AskAsync(
            [.. cases.Select(
                c => new JsonObject { ["kind"] = "components", ["rows"] = new JsonArray([.. c.Select(r => (JsonNode)Array(r))]) })]);
        for (var i = 0; i < cases.Count; i++)
        {
            var fit = PrincipalComponents.Fit(cases[i], 2);
            Same(answers[i], "explained", fit.Explained, i);
            Same(answers[i], "first", fit.Project(cases[i], 0), i);
            Same(answers[i], "second", fit.Project(cases[i], 1), i);
        }
    }

    [Fact]
    public void Metrics_NotANumberOrNoSample_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => RocAuc.Calculate([0.5, double.NaN], [0.1]));
        Assert.Throws<ArgumentException>(() => ConfusionCounts.AtThreshold(0.5, [double.NaN], [0.1]));
        Assert.Throws<ArgumentException>(() => ConfusionCounts.AtThreshold(0.5, [], []));
        Assert.Throws<ArgumentException>(() => ConfusionCounts.BestF1Threshold([0.3], [double.NaN]));
        Assert.Throws<ArgumentException>(() => ConfusionCounts.BestF1Threshold([], [0.1]));
        Assert.Throws<ArgumentException>(() => MaskOverlap.Compare([true], [true, false]));
        Assert.Throws<ArgumentException>(() => PointingGame.Hits([float.NaN, 1], [true, false]));
        Assert.Throws<ArgumentException>(() => DistributionDistances.Wasserstein([1, double.NaN], [1]));
        Assert.Throws<ArgumentException>(() => DistributionDistances.KolmogorovSmirnov([], [1]));
        Assert.Throws<ArgumentException>(() => PrincipalComponents.Fit([[1f, float.NaN], [1f, 2f]], 1));
    }

    /// <summary>Scores of few values make ties; few samples make one class only; every 50th case holds a NaN.</summary>
    private static (int[] Labels, double[] Scores, double Threshold) Binary(int i)
    {
        var random = RandomSource.Create(4, "binary", i);
        var n = 2 + random.NextInt(i % 2 == 0 ? 6 : 300);
        var share = random.NextDouble(0.05, 0.95);
        var steps = i % 3 == 0 ? 4 : 1_000_000;
        int[] labels = [.. Enumerable.Range(0, n).Select(_ => random.NextBool(share) ? 1 : 0)];
        double[] scores = [.. labels.Select(l => Math.Round((random.NextNormal() + l) * steps) / steps)];
        if (i % 50 == 49)
            scores[random.NextInt(n)] = double.NaN;
        return (labels, scores, Math.Round(random.NextDouble(-1, 2) * steps) / steps);
    }

    private static double[] Sample(RandomSource random, int n, bool ties) =>
        [.. Enumerable.Range(0, n).Select(_ => ties ? Math.Round(random.NextNormal() * 2) : random.NextNormal() * 3)];

    private static void Same(JsonNode answer, string name, double ours, int i) => Assert.True(
        Math.Abs(answer[name]!.GetValue<double>() - ours) <= Tolerance, $"case {i}: {name} is {ours:R} here and {answer[name]} there");

    private static void Same(JsonNode answer, string name, IReadOnlyList<double> ours, int i)
    {
        var theirs = answer[name]!.AsArray();
        Assert.Equal(theirs.Count, ours.Count);
        for (var k = 0; k < ours.Count; k++)
            Assert.True(Math.Abs(theirs[k]!.GetValue<double>() - ours[k]) <= Tolerance,
                $"case {i}: {name}[{k}] is {ours[k]:R} here and {theirs[k]} there");
    }

    private static JsonArray Array<T>(IEnumerable<T> values) => new([.. values.Select(v => JsonSerializer.SerializeToNode(v, _json))]);

    private static async Task<JsonNode[]> AskAsync(IReadOnlyList<JsonObject> cases)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(Repository.Root, "tests/unit/evaluator/metrics/parity.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var answers = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (var one in cases)
            await process.StandardInput.WriteLineAsync(one.ToJsonString(_json));
        process.StandardInput.Close();
        var lines = (await answers).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(cases.Count, lines.Length);
        return [.. lines.Select(l => JsonNode.Parse(l)!)];
    }

    private static bool HasSklearn() => Prerequisite.IsPresent("/usr/lib/python3/dist-packages/sklearn", "apt-get install python3-sklearn");
}
