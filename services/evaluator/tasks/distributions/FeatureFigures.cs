using System.Globalization;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Metrics;
using SynCxr.Mesh.Evaluator.Plots;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Tasks.Distributions;

/// <summary>
/// Compares two sets of features of the same size: densities and distances along the first component of a joint PCA; Fréchet and kernel
/// distance, precision, recall, density and coverage in all dimensions.
/// </summary>
internal sealed class FeatureFigures(EvaluationRun run, DistributionTask task)
{
    private const string Name = "distribution";

    /// <param name="what">"images" or "reports".</param>
    public void Add(string what, IReadOnlyList<float[]> real, IReadOnlyList<float[]> other)
    {
        var fit = PrincipalComponents.Fit([.. real, .. other], 2);
        double[] x = fit.Project(real, 0), y = fit.Project(other, 0);
        run.AddNote(
            string.Create(CultureInfo.InvariantCulture,
                $"{what}: {real.Count} of each side; one PCA of both, standardised; the first component holds {fit.Explained[0]:0.0%} of "
                    + $"the variance, the second {fit.Explained[1]:0.0%}."));
        Add(what, "wasserstein_first_component", Paired(x, y, Metrics.DistributionDistances.Wasserstein), x.Length);
        Add(what, "ks_first_component", Paired(x, y, Metrics.DistributionDistances.KolmogorovSmirnov), x.Length);
        Add(what, "frechet_distance", FrechetDistance.WithInterval(real, other, task.Resamples, task.Seed), real.Count);
        Add(what, "kernel_distance", new KernelDistance(real, other).WithInterval(task.Resamples, task.Seed), real.Count);
        AddMean(what, "precision", ManifoldCoverage.Covered(other, real));
        AddMean(what, "recall", ManifoldCoverage.Covered(real, other));
        AddMean(what, "density", ManifoldCoverage.Density(other, real));
        AddMean(what, "coverage", ManifoldCoverage.Filled(other, real));
        var (low, high) = (Math.Min(x.Min(), y.Min()), Math.Max(x.Max(), y.Max()));
        run.KeepFile($"density-{what}.svg", $"First principal component of the {what}' features.", SvgPlot.MediaType, SvgPlot.Lines(
            $"First principal component, {what}", "first component", "density",
            [new PlotLine("real", KernelDensity.Estimate(x, low, high)), new PlotLine("other", KernelDensity.Estimate(y, low, high))]));
    }

    private ConfidenceInterval Paired(double[] x, double[] y, Func<IReadOnlyList<double>, IReadOnlyList<double>, double> distance) =>
        Bootstrap.Percentile([x.Length, y.Length], d => distance(RocAuc.PickValues(x, d[0]), RocAuc.PickValues(y, d[1])), task.Resamples,
            task.Seed);

    private void AddMean(string what, string metric, double[] values) =>
        Add(what, metric, Bootstrap.Mean(values, task.Resamples, task.Seed), values.Length);

    private void Add(string what, string metric, ConfidenceInterval interval, int n) =>
        run.Add(FigureFactory.Create(Name, what, metric, interval, n));
}
