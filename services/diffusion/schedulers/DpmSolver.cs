namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// The exponential integrators of DPM-Solver (Lu et al. 2022a) and DPM-Solver++ (Lu et al. 2022b, proposition 4.1): over a stride h in
/// lambda the linear part is solved exactly and the model m is expanded in a Taylor series, m = D0 + D1 (lambda - lambda0) / h + ...
/// </summary>
internal sealed class DpmSolver
{
    private readonly string _algorithm;
    private readonly bool _isHeun;
    private readonly CleanSampleEstimator _estimator;

    /// <param name="algorithms">The algorithms that the class knows.</param>
    public DpmSolver(SchedulerSettings settings, IReadOnlyCollection<string> algorithms)
    {
        const string Deis = "deis"; // another class's name counts as the default
        var algorithm = settings.ReadChoice("algorithm_type", DpmSolverNames.Data, [.. algorithms, Deis]);
        _algorithm = algorithm == Deis ? DpmSolverNames.Data : algorithm;
        _isHeun = settings.ReadChoice("solver_type", SolverTypeNames.Midpoint, SolverTypeNames.All) == SolverTypeNames.Heun;
        _estimator = new CleanSampleEstimator(settings, clips: null, thresholds: true);
        if (settings.IsOneOf("variance_type", "learned", "learned_range") && !settings.IsOneOf("prediction_type", "v_prediction", "sample"))
            throw settings.Refuse("variance_type", "is for pixels: the library cuts the output to three channels");
    }

    /// <summary>True where the model is the clean sample, else it is the noise.</summary>
    public bool IsInData => _algorithm is DpmSolverNames.Data or DpmSolverNames.DataSde;

    /// <summary>True where each step draws noise.</summary>
    public bool IsStochastic => _algorithm is DpmSolverNames.NoiseSde or DpmSolverNames.DataSde;

    /// <summary>True where differences are combined as Heun's method does.</summary>
    public bool IsHeun => _isHeun;

    /// <summary>Turns the network's output into the model m, and its estimate of the clean sample.</summary>
    public void Convert(ReadOnlySpan<float> sample, ReadOnlySpan<float> output, NoiseLevel level, Span<float> clean, Span<float> model)
    {
        _estimator.Estimate(sample, output, level, clean);
        if (IsInData)
        {
            clean.CopyTo(model);
            return;
        }
        _estimator.EstimateNoise(sample, output, level, model);
        if (!_estimator.Thresholds)
            return;
        for (var i = 0; i < model.Length; i++)
            model[i] = (float)((sample[i] - (level.Signal * clean[i])) / level.Noise);
    }

    /// <summary>The factors of x, D0, D1, D2 and the noise z over a stride from one level to another.</summary>
    public StepFactors ComputeFactors(NoiseLevel from, NoiseLevel to)
    {
        var h = to.Lambda - from.Lambda;
        var (kept, d0, spread) = _algorithm switch
        {
            DpmSolverNames.Data => (to.Noise / from.Noise, -to.Signal * NoiseLevel.Growth(-h), 0.0),
            DpmSolverNames.Noise => (to.Signal / from.Signal, -to.Noise * NoiseLevel.Growth(h), 0.0),
            DpmSolverNames.DataSde =>
                (to.Noise / from.Noise * Math.Exp(-h), -to.Signal * NoiseLevel.Growth(-2 * h),
                    to.Noise * Math.Sqrt(-NoiseLevel.Growth(-2 * h))),
            _ => (to.Signal / from.Signal, -2 * to.Noise * NoiseLevel.Growth(h), to.Noise * Math.Sqrt(NoiseLevel.Growth(2 * h))),
        };
        // Of D1: half of D0's factor (midpoint), or the exact integral of the linear term (Heun).
        var linear = _algorithm switch
        {
            DpmSolverNames.Data => to.Signal * ((NoiseLevel.Growth(-h) / h) + 1),
            DpmSolverNames.Noise => -to.Noise * ((NoiseLevel.Growth(h) / h) - 1),
            DpmSolverNames.DataSde => to.Signal * ((NoiseLevel.Growth(-2 * h) / (2 * h)) + 1),
            _ => -2 * to.Noise * ((NoiseLevel.Growth(h) / h) - 1),
        };
        var square = _algorithm switch
        {
            DpmSolverNames.Data => -to.Signal * (((NoiseLevel.Growth(-h) + h) / (h * h)) - 0.5),
            DpmSolverNames.Noise => -to.Noise * (((NoiseLevel.Growth(h) - h) / (h * h)) - 0.5),
            DpmSolverNames.DataSde => to.Signal * (((-NoiseLevel.Growth(-2 * h) - (2 * h)) / (4 * h * h)) + 0.5),
            _ => double.NaN, // the library has no third order for it
        };
        return new StepFactors(kept, d0, _isHeun ? linear : 0.5 * d0, linear, square, spread);
    }
}

/// <summary>The factors of a stride: x' = Kept x + Model D0 + (First D1, or Linear D1 + Square D2) + Spread z.</summary>
internal readonly record struct StepFactors(double Kept, double Model, double First, double Linear, double Square, double Spread);
