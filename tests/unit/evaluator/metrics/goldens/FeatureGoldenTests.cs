using System.Text.Json;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Tasks.Distributions;
using SynCxr.Mesh.Testkit.Goldens;
using SynCxr.Mesh.Torch.Weights;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Metrics.Goldens;

/// <summary>
/// Distances between sets of features against what prdc, torch-fidelity, torchmetrics, pytorch-fid, scikit-learn and SciPy say.
/// </summary>
public sealed class FeatureGoldenTests
{
    private const string Name = "metrics-goldens";
    private const double Float64 = 1e-9, Float32 = 1e-5;

    [GoldenFact("metrics-goldens")]
    public void ManifoldCoverage_TiesDuplicatesAndFewRows_IsAsPrdc()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var sets = ReadSets(folder);
        var cases = from row in folder.ReadList("prdc.jsonl") from way in new[] { "prdc", "prdc_float64" } select (Row: row, Way: way);
        GoldenCases.Run($"{Name}/prdc", cases, c => $"{Pair(c.Row)}:{c.Row.GetProperty("k").GetInt32()}:{c.Way}", c =>
        {
            var (real, fake, k) = (sets[Text(c.Row, "real")], sets[Text(c.Row, "fake")], c.Row.GetProperty("k").GetInt32());
            if (LibraryAnswer.Value(c.Row.GetProperty(c.Way)) is not { } answer)
            {
                Assert.Contains($"neighbour number {k}", Assert.Throws<ArgumentException>(() => Measure(real, fake, k)).Message,
                    StringComparison.Ordinal);
                return;
            }

            foreach (var (metric, value) in Measure(real, fake, k))
                LibraryAnswer.CheckClose(answer.GetProperty(metric).GetDouble(), value, c.Way == "prdc" ? Float32 : Float64);
        });
    }

    [GoldenFact("metrics-goldens")]
    public void KernelDistance_AllRowsAndFirstRows_IsAsTheLibraries()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var sets = ReadSets(folder);
        string[] ways = ["unbiased_float64", "unbiased_float64_first_rows", "torch_fidelity_first_rows_float64",
            "torch_fidelity_first_rows", "torchmetrics_first_rows"];
        var cases = from row in folder.ReadList("kid.jsonl") from way in ways select (Row: row, Way: way);
        GoldenCases.Run($"{Name}/kid", cases, c => $"{Pair(c.Row)}:{c.Way}", c =>
        {
            var (real, fake) = (sets[Text(c.Row, "real")], sets[Text(c.Row, "fake")]);
            var answer = c.Row.GetProperty(c.Way).GetProperty("value").GetDouble();
            var rows = c.Row.GetProperty("first_rows").GetInt32();
            var tolerance = c.Way.Contains("float64", StringComparison.Ordinal) ? Float64 : Float32;
            if (c.Way == ways[0])
                LibraryAnswer.CheckClose(answer, new KernelDistance(real, fake).Value, tolerance);
            else
            {
                var distance = new KernelDistance(real[..rows], fake[..rows]);
                LibraryAnswer.CheckClose(answer, distance.Value, tolerance);
                // the subset rule with one subset of all rows
                LibraryAnswer.CheckClose(answer, distance.OverSubsets(subsets: 1, size: rows, seed: 1), tolerance);
            }
        });
    }

    [GoldenFact("metrics-goldens")]
    public void FrechetDistance_FewRowsAndSingularCovariances_IsAsTheLibraries()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var sets = ReadSets(folder);
        string[] ways = ["scipy_sqrtm", "eigenvalues", "pytorch_fid", "torchmetrics", "torch_fidelity"];
        var cases = from row in folder.ReadList("fid.jsonl")
                    from way in ways
                    where LibraryAnswer.Value(row.GetProperty(way)) is not null // pytorch-fid alone refuses one column
                    select (Row: row, Way: way);
        GoldenCases.Run($"{Name}/fid", cases, c => $"{Pair(c.Row)}:{c.Way}", c =>
        {
            var (real, fake) = (sets[Text(c.Row, "real")], sets[Text(c.Row, "fake")]);
            var answer = c.Row.GetProperty(c.Way).GetProperty("value");
            var value = answer.ValueKind == JsonValueKind.Object ? answer.GetProperty("fid").GetDouble() : answer.GetDouble();
            var isHard = Math.Abs(value) < 1e-6 || IsSingular(real) || IsSingular(fake);
            LibraryAnswer.CheckClose(value, FrechetDistance.Calculate(real, fake), Float64, isHard ? 1e-6 : 0);
        });
    }

    [GoldenFact("metrics-goldens")]
    public void OneNumber_SamplesAndQuantiles_AreAsSciPyAndNumPy()
    {
        if (!GoldenFolder.TryFind(Name, out var folder))
            return;
        var sets = ReadSets(folder);
        string[] metrics = ["wasserstein", "ks_two_sample", "quantiles_x", "pca_standardised", "kde_silverman_factor"];
        var cases = from row in folder.ReadList("one-number.jsonl") from metric in metrics select (Row: row, Metric: metric);
        GoldenCases.Run($"{Name}/one-number", cases, c => $"{Text(c.Row, "x")}:{Text(c.Row, "y")}:{c.Metric}", c =>
        {
            var column = c.Row.GetProperty("column").GetInt32();
            double[] x = Column("x"), y = Column("y");
            var answer = c.Row.GetProperty(c.Metric);
            double[] Column(string side) => [.. sets[Text(c.Row, side)].Select(r => (double)r[column])];

            if (c.Metric == "wasserstein")
                LibraryAnswer.Check(answer, () => DistributionDistances.Wasserstein(x, y), Float64);
            else if (c.Metric == "ks_two_sample")
            {
                var value = answer.GetProperty("value");
                LibraryAnswer.CheckClose(value.GetProperty("statistic").GetDouble(), DistributionDistances.KolmogorovSmirnov(x, y),
                    Float64);
                LibraryAnswer.CheckClose(value.GetProperty("pvalue").GetDouble(), DistributionDistances.KolmogorovSmirnovPValue(x, y),
                    Float64);
            }
            else if (c.Metric == "quantiles_x")
            {
                foreach (var quantile in answer.EnumerateObject())
                    LibraryAnswer.CheckClose(quantile.Value.GetDouble(),
                        Bootstrap.Quantile([.. x.Order()], double.Parse(quantile.Name, System.Globalization.CultureInfo.InvariantCulture)),
                        Float64);
            }
            else if (c.Metric == "pca_standardised")
                CheckComponents(answer.GetProperty("value"), [.. sets[Text(c.Row, "x")], .. sets[Text(c.Row, "y")]]);
            else
                LibraryAnswer.Check(answer, () => KernelDensity.SilvermanFactor(x), Float64);
        });
    }

    private static void CheckComponents(JsonElement answer, float[][] rows)
    {
        var fit = PrincipalComponents.Fit(rows, 2);
        CheckEach("explained_variance_ratio", fit.Explained);
        CheckEach("first_axis_abs", [.. fit.Axes[0].Select(Math.Abs)]);
        CheckEach("first_projection_abs_first_rows", [.. fit.Project(rows, 0).Select(Math.Abs)]);

        void CheckEach(string name, IReadOnlyList<double> ours)
        {
            var theirs = LibraryAnswer.ToDoubles(answer.GetProperty(name));
            for (var i = 0; i < theirs.Length; i++)
                LibraryAnswer.CheckClose(theirs[i], ours[i], Float64);
        }
    }

    private static (string, double)[] Measure(float[][] real, float[][] fake, int k) =>
    [
        ("precision", ManifoldCoverage.Covered(fake, real, k).Average()), ("recall", ManifoldCoverage.Covered(real, fake, k).Average()),
        ("density", ManifoldCoverage.Density(fake, real, k).Average()), ("coverage", ManifoldCoverage.Filled(fake, real, k).Average()),
    ];

    /// <summary>Too few different rows, or a number that never varies.</summary>
    private static bool IsSingular(float[][] rows) =>
        rows.Select(r => string.Join(' ', r)).Distinct().Count() <= rows[0].Length
            || Enumerable.Range(0, rows[0].Length).Any(k => rows.All(r => r[k] == rows[0][k]));

    private static Dictionary<string, float[][]> ReadSets(GoldenFolder folder) =>
        Safetensors.Load(folder.Resolve("features.safetensors")).Tensors.ToDictionary(
            t => t.Key, t => TensorReader.ReadArray<float>(t.Value).Chunk((int)t.Value.shape[1]).ToArray());

    private static string Pair(JsonElement row) => $"{Text(row, "real")}:{Text(row, "fake")}";

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString()!;
}
