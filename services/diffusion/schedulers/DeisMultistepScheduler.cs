namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// DEIS, the variant that interpolates in log rho (Zhang and Chen 2023, section 3.3): with rho = s/a the ODE is d(x/a) = n d rho, and
/// n is the polynomial in log rho through the noises of the last steps,
/// <code>
/// x'/a' = x/a + sum over j of c_j n_j,  c_j = the integral from rho_0 to rho' of the product over k != j of
///         (log rho - log rho_k) / (log rho_j - log rho_k)
/// </code>
/// (equation 14). Order 1 is DDIM. Always ends on the level of timestep 0.
/// </summary>
internal sealed class DeisMultistepScheduler : Scheduler
{
    private const int FewSteps = 15, MaxOrder = 3;
    private readonly LogSnrGrid _grid;
    private readonly CleanSampleEstimator _estimator;
    private readonly int _order;
    private readonly bool _lowersAtEnd;

    public DeisMultistepScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _grid = new LogSnrGrid(settings, ForwardProcess.Read(settings, BetaDefaults.Usual), LogSnrGridKeys.TimestepSpacing);
        _estimator = new CleanSampleEstimator(settings, clips: null, thresholds: true);
        _order = settings.ReadCount("solver_order", 2, least: 1);
        _lowersAtEnd = settings.ReadFlag("lower_order_final", true);
        settings.ReadChoice("algorithm_type", "deis", ["deis", DpmSolverNames.Noise, DpmSolverNames.Data]); // all of them count as deis
        settings.ReadChoice("solver_type", SolverTypeNames.LogRho, SolverTypeNames.All); // all of them count as logrho
    }

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = _grid.Compute(steps, null);
        return new Path(this, timesteps, sigmas, size);
    }

    private int OrderAt(int step, int remembered, int count)
    {
        var most = _lowersAtEnd && count < FewSteps ? count - step : MaxOrder;
        return Math.Min(Math.Min(_order, MaxOrder), Math.Min(remembered, most));
    }

    private sealed class Path(DeisMultistepScheduler scheduler, double[] timesteps, double[] sigmas, int size)
        : LogSnrPath(timesteps, sigmas, size)
    {
        private readonly float[][] _noises = [new float[size], new float[size], new float[size]]; // newest first

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            (_noises[0], _noises[1], _noises[2]) = (_noises[2], _noises[0], _noises[1]);
            var (from, to) = (Level(StepsDone), Level(StepsDone + 1));
            scheduler._estimator.Estimate(sample, output, from, Clean);
            Sum.Start(1 / from.Noise, sample).Add(-from.Signal / from.Noise, Clean).CopyTo(_noises[0]);
            var order = scheduler.OrderAt(StepsDone, StepsSinceStart + 1, Timesteps.Count);
            Sum.Start(to.Signal / from.Signal, sample);
            for (var j = 0; j < order; j++)
                Sum.Add(to.Signal * Coefficient(j, order), _noises[j]);
            Sum.CopyTo(sample);
        }

        // The polynomial in u = log(rho / rho_0), lowest power first. The integral of u^n rho d(log rho) is rho times
        // u^n - n u^(n-1) + n (n-1) u^(n-2) - ...
        private double Coefficient(int j, int order)
        {
            double origin = Math.Log(Sigmas[StepsDone]), end = Math.Log(Sigmas[StepsDone + 1]) - origin;
            double[] polynomial = [1];
            for (var k = 0; k < order; k++)
            {
                if (k == j)
                    continue;
                var root = Math.Log(Sigmas[StepsDone - k]) - origin;
                var scale = Math.Log(Sigmas[StepsDone - j]) - origin - root;
                var product = new double[polynomial.Length + 1];
                for (var power = 0; power < polynomial.Length; power++)
                {
                    product[power] -= root * polynomial[power] / scale;
                    product[power + 1] += polynomial[power] / scale;
                }
                polynomial = product;
            }
            var integral = 0.0;
            for (var power = 0; power < polynomial.Length; power++)
            {
                var (atEnd, atStart) = (Sigmas[StepsDone + 1] * Antiderivative(power, end), Sigmas[StepsDone] * Antiderivative(power, 0));
                integral += polynomial[power] * (atEnd - atStart);
            }
            return integral;
        }

        private static double Antiderivative(int power, double u) =>
            power == 0 ? 1 : Math.Pow(u, power) - (power * Antiderivative(power - 1, u));
    }
}
