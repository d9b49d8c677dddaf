namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Linear multistep on dx/dsigma = (x - x0) / sigma: Adams-Bashforth with unequal strides (Hairer et al. 1993, section III.5),
/// <code>
/// x' = x + sum over j of c_j d_(i-j), c_j = the integral from sigma_i to sigma_(i+1) of the product over k != j of
///      (tau - sigma_(i-k)) / (sigma_(i-j) - sigma_(i-k))
/// </code>
/// Started in the middle, the first steps have the coefficients of the whole order and lack the derivatives before: the library leaves
/// those terms out.
/// </summary>
internal sealed class LmsDiscreteScheduler : Scheduler
{
    private const int DefaultOrder = 4;
    private readonly SigmaGrid _grid;
    private readonly SigmaPrediction _prediction;

    public LmsDiscreteScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _grid = new SigmaGrid(settings, ForwardProcess.Read(settings, BetaDefaults.Usual));
        _prediction = new SigmaPrediction(settings, PredictionTypeNames.Usual);
    }

    protected override IReadOnlyCollection<string> TakenOptions { get; } = [SamplingOptionNames.Order];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var order = sampling.Order ?? DefaultOrder;
        if (order < 1)
            throw new SamplingRefusedException("sampling.order", $"is {order}; at least 1 is wanted");
        var (timesteps, sigmas) = _grid.Compute(steps, null);
        return new Path(_prediction, timesteps, [.. sigmas, 0], _grid.InitNoiseSigma(sigmas), order, size);
    }

    private sealed class Path(SigmaPrediction prediction, double[] timesteps, double[] sigmas, double initNoiseSigma, int order, int size)
        : SigmaPath(timesteps, sigmas, initNoiseSigma, size)
    {
        private readonly List<float[]> _slopes = []; // newest first

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var sigma = Sigmas[StepsDone];
            EstimateClean(prediction, sample, output, sigma);
            var slope = new float[sample.Length];
            Sum.Start(1 / sigma, sample).Add(-1 / sigma, Clean).CopyTo(slope);
            _slopes.Insert(0, slope);
            if (_slopes.Count > order)
                _slopes.RemoveAt(order);
            Sum.Start(1, sample);
            for (var j = 0; j < _slopes.Count; j++)
                Sum.Add(Coefficient(j, Math.Min(StepsDone + 1, order)), _slopes[j]);
            Sum.CopyTo(sample);
        }

        // The polynomial's coefficients, lowest power first, in tau - sigma_i; then its integral.
        private double Coefficient(int j, int count)
        {
            var origin = Sigmas[StepsDone];
            double[] polynomial = [1];
            for (var k = 0; k < count; k++)
            {
                if (k == j)
                    continue;
                var (root, scale) = (Sigmas[StepsDone - k] - origin, Sigmas[StepsDone - j] - Sigmas[StepsDone - k]);
                var product = new double[polynomial.Length + 1];
                for (var power = 0; power < polynomial.Length; power++)
                {
                    product[power] -= root * polynomial[power] / scale;
                    product[power + 1] += polynomial[power] / scale;
                }
                polynomial = product;
            }
            var stride = Sigmas[StepsDone + 1] - origin;
            return polynomial.Select((coefficient, power) => coefficient * Math.Pow(stride, power + 1) / (power + 1)).Sum();
        }
    }
}
