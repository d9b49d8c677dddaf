namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// DPM-Solver and DPM-Solver++ as singlestep methods (Lu et al. 2022, DPM-Solver, algorithms 1 and 2; DPM-Solver++, algorithm 1): steps
/// come in groups of 1, 2 or 3, and each step of a group starts again from the group's first sample x with its models
/// m_g (oldest), ..., m0. With h from the group's start to the end of the step and r the share of it at which a model was evaluated:
/// <code>
/// second order: D0 = m1, D1 = (m0 - m1) / r0
/// third order: D0 = m2, D1_0 = (m1 - m2) / r1, D1_1 = (m0 - m2) / r0,
///              D1 = (r0 D1_0 - r1 D1_1) / (r0 - r1), D2 = 2 (D1_1 - D1_0) / (r0 - r1)
/// </code>
/// </summary>
internal sealed class DpmSolverSinglestepScheduler : Scheduler
{
    private const int MaxOrder = 3;
    private readonly LogSnrGrid _grid;
    private readonly DpmSolver _solver;
    private readonly int _order;
    private readonly bool _lowersAtEnd;

    public DpmSolverSinglestepScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _grid = new LogSnrGrid(settings, ForwardProcess.Read(settings, BetaDefaults.Usual),
            LogSnrGridKeys.FinalSigma | LogSnrGridKeys.LambdaMin);
        _solver = new DpmSolver(settings, [DpmSolverNames.Data, DpmSolverNames.Noise, DpmSolverNames.DataSde]);
        _order = settings.ReadCount("solver_order", 2, least: 1);
        if (_order > MaxOrder)
            throw settings.Refuse("solver_order", $"is above {MaxOrder}, the most that the class has");
        _lowersAtEnd = settings.ReadFlag("lower_order_final", false);
        if (_grid.EndsOnZero && !_solver.IsInData)
            throw settings.Refuse("algorithm_type", "needs final_sigmas_type sigma_min: the noise can't be told from a clean sample");
    }

    protected override IReadOnlyCollection<string> TakenOptions { get; } = [SamplingOptionNames.Timesteps];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = _grid.Compute(steps, sampling.Timesteps);
        return new Path(_solver, ComputeOrders(timesteps.Length), timesteps, sigmas, size);
    }

    // Groups 1, 2, ..., order; the remainder, and the group before a clean end, are shortened (DPM-Solver, appendix D.3).
    private int[] ComputeOrders(int steps)
    {
        var lowers = _lowersAtEnd || steps % _order != 0 || _grid.EndsOnZero;
        var orders = Enumerable.Range(0, steps).Select(i => (i % _order) + 1).ToArray();
        if (lowers && _order == 3 && steps % 3 == 0)
            (orders[^3], orders[^2], orders[^1]) = (1, 2, 1);
        if ((lowers && _order == 2) || _grid.EndsOnZero)
            orders[^1] = 1;
        return orders;
    }

    private sealed class Path(DpmSolver solver, int[] orders, double[] timesteps, double[] sigmas, int size)
        : LogSnrPath(timesteps, sigmas, size)
    {
        private readonly float[][] _models = [new float[size], new float[size], new float[size]]; // newest first
        private readonly float[] _start = new float[size];

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            (_models[0], _models[1], _models[2]) = (_models[2], _models[0], _models[1]);
            solver.Convert(sample, output, Level(StepsDone), Clean, _models[0]);
            var order = Math.Min(orders[StepsDone], StepsSinceStart + 1); // fewer where it started in the middle of a group
            if (order == 1)
                sample.CopyTo(_start);
            var (from, to) = (Level(StepsDone - order + 1), Level(StepsDone + 1));
            var factors = solver.ComputeFactors(from, to);
            Sum.Start(factors.Kept, _start).Add(factors.Model, _models[order - 1]);
            if (order > 1)
                AddDifferences(factors, order, from.Lambda, to.Lambda);
            if (solver.IsStochastic)
                Sum.Add(factors.Spread, DrawNoise(noise));
            Sum.CopyTo(sample);
        }

        private void AddDifferences(StepFactors factors, int order, double start, double end)
        {
            var (oldest, newest) = (_models[order - 1], _models[0]);
            var r0 = (Level(StepsDone).Lambda - start) / (end - start);
            if (order == 2)
            {
                Sum.Add(factors.First / r0, newest).Add(-factors.First / r0, oldest);
                return;
            }
            var r1 = (Level(StepsDone - 1).Lambda - start) / (end - start);
            var (byNewest, byMiddle) = (factors.Linear / r0, 0.0);
            if (solver.IsHeun)
            {
                // Linear D1 + Square D2, gathered by D1_1 and D1_0.
                byNewest = ((-factors.Linear * r1) + (2 * factors.Square)) / (r0 - r1) / r0;
                byMiddle = ((factors.Linear * r0) - (2 * factors.Square)) / (r0 - r1) / r1;
            }
            Sum.Add(byNewest, newest).Add(byMiddle, _models[1]).Add(-byNewest - byMiddle, oldest);
        }
    }
}
