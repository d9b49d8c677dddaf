namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// UniPC (Zhao et al. 2023, algorithms 5 to 8): a predictor of order p, and a corrector that uses the evaluation at the predicted point to
/// move that point before the next prediction. With h the stride in lambda (negative in the data form), B(h) = h (bh1) or e^h - 1 (bh2),
/// r_i the earlier points over h and D_i the differences of their models from m0, equation 3:
/// <code>
/// x' = x^ - a' B(h) sum of rho_i D_i / r_i,  x^ the first-order step
/// rho from the linear system sum over i of r_i^(k-1) rho_i = k! h phi_(k+1)(h) / B(h)
/// </code>
/// (equations 5 and 6; the predictor leaves out the last row). a' is s' in the noise form.
/// </summary>
internal sealed class UniPcMultistepScheduler : Scheduler
{
    private readonly LogSnrGrid _grid;
    private readonly CleanSampleEstimator _estimator;
    private readonly int _order;
    private readonly bool _isBh1;
    private readonly bool _isInData;
    private readonly bool _lowersAtEnd;
    private readonly HashSet<double> _uncorrected;

    public UniPcMultistepScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _grid = new LogSnrGrid(settings, ForwardProcess.Read(settings, BetaDefaults.Usual, TerminalSignal.Tiny),
            LogSnrGridKeys.TimestepSpacing | LogSnrGridKeys.FinalSigma | LogSnrGridKeys.SigmaRange);
        _estimator = new CleanSampleEstimator(settings, clips: null, thresholds: true);
        _order = settings.ReadCount("solver_order", 2, least: 1);
        _isBh1 = settings.ReadChoice("solver_type", SolverTypeNames.Bh2, SolverTypeNames.All) == SolverTypeNames.Bh1;
        if (_isBh1 && _grid.EndsOnZero)
            throw settings.Refuse("solver_type", "needs final_sigmas_type sigma_min: its B(h) = h is not finite where the last step ends");
        _isInData = settings.ReadFlag("predict_x0", true);
        _lowersAtEnd = settings.ReadFlag("lower_order_final", true);
        _uncorrected = [.. settings.ReadNumbers("disable_corrector") ?? []];
        if (settings.ReadOptionalNumber("solver_p") is not null)
            throw settings.Refuse("solver_p", "is not supported: a predictor of another class");
    }

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = _grid.Compute(steps, null);
        return new Path(this, timesteps, sigmas, size);
    }

    private sealed class Path(UniPcMultistepScheduler scheduler, double[] timesteps, double[] sigmas, int size)
        : LogSnrPath(timesteps, sigmas, size)
    {
        private readonly List<float[]> _models = []; // newest first, one for each of the last steps
        private readonly float[] _last = new float[size];
        private int _lastOrder;

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var level = Level(StepsDone);
            var model = new float[sample.Length];
            scheduler._estimator.Estimate(sample, output, level, Clean);
            if (scheduler._isInData)
                Clean.CopyTo(model);
            else
                scheduler._estimator.EstimateNoise(sample, output, level, model);
            if (StepsSinceStart > 0 && !scheduler._uncorrected.Contains(StepsDone - 1))
                Move(_last, StepsDone - 1, _lastOrder, model, sample);
            _models.Insert(0, model);
            if (_models.Count > scheduler._order)
                _models.RemoveAt(scheduler._order);
            var most = scheduler._lowersAtEnd ? Math.Min(scheduler._order, Timesteps.Count - StepsDone) : scheduler._order;
            _lastOrder = Math.Min(most, _models.Count);
            sample.CopyTo(_last);
            Move(_last, StepsDone, _lastOrder, null, sample);
        }

        // From the sample x at step `from` to the next level: predicted from the models of that step and before, or, given the model at the
        // next level too, corrected.
        private void Move(float[] x, int from, int order, float[]? modelAtEnd, Span<float> moved)
        {
            var (level, to) = (Level(from), Level(from + 1));
            var stride = to.Lambda - level.Lambda;
            var h = scheduler._isInData ? -stride : stride;
            var growth = NoiseLevel.Growth(h);
            var b = scheduler._isBh1 ? h : growth;
            var (kept, scale) = scheduler._isInData ? (to.Noise / level.Noise, to.Signal) : (to.Signal / level.Signal, to.Noise);

            var ratios = new double[order];
            for (var i = 1; i < order; i++)
                ratios[i - 1] = (Level(from - i).Lambda - level.Lambda) / stride;
            ratios[order - 1] = 1;
            var weights = modelAtEnd is null ? PredictorWeights(ratios, h, growth, b) : CorrectorWeights(ratios, h, growth, b);

            var current = _models[0];
            Sum.Start(kept, x).Add(-scale * growth, current);
            for (var i = 0; i < order - 1; i++)
            {
                var weight = -scale * b * weights[i] / ratios[i];
                Sum.Add(weight, _models[i + 1]).Add(-weight, current);
            }
            if (modelAtEnd is not null)
                Sum.Add(-scale * b * weights[^1], modelAtEnd).Add(scale * b * weights[^1], current);
            Sum.CopyTo(moved);
        }

        // Of second order both are 1/2, whatever h: the choice of the paper's appendix F.
        private static double[] PredictorWeights(double[] ratios, double h, double growth, double b) => ratios.Length switch
        {
            1 => [],
            2 => [0.5],
            _ => Solve(ratios[..^1], h, growth, b),
        };

        private static double[] CorrectorWeights(double[] ratios, double h, double growth, double b) =>
            ratios.Length == 1 ? [0.5] : Solve(ratios, h, growth, b);

        // sum over i of ratios_i^k weights_i = (k + 1)! phi_(k+2)(h) h / B(h), k from 0, by Gaussian elimination.
        private static double[] Solve(double[] ratios, double h, double growth, double b)
        {
            var n = ratios.Length;
            var rows = new double[n][];
            var (phi, factorial) = ((growth / h) - 1, 1.0);
            for (var k = 0; k < n; k++)
            {
                rows[k] = [.. ratios.Select(ratio => Math.Pow(ratio, k)), phi * factorial / b];
                factorial *= k + 2;
                phi = (phi / h) - (1 / factorial);
            }
            for (var column = 0; column < n; column++)
            {
                var pivot = Enumerable.Range(column, n - column).MaxBy(row => Math.Abs(rows[row][column]));
                (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
                foreach (var row in Enumerable.Range(0, n).Where(row => row != column))
                {
                    var factor = rows[row][column] / rows[column][column];
                    for (var k = column; k <= n; k++)
                        rows[row][k] -= factor * rows[column][k];
                }
            }
            return [.. rows.Select((row, i) => row[n] / row[i])];
        }
    }
}
