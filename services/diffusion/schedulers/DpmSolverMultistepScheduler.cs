namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// DPM-Solver and DPM-Solver++ as multistep methods (Lu et al. 2022, DPM-Solver++, algorithm 2), of the ODE or the SDE, of order 1 to 3.
/// From lambda0 with the models m0, m1, m2 of this step and the ones before, h the stride in lambda, r0 and r1 the earlier strides over h:
/// <code>
/// D1 = (m0 - m1) / r0 and, of third order, + r0 / (r0 + r1) D2',  D2 = D2' / (r0 + r1),  D2' = (m0 - m1) / r0 - (m1 - m2) / r1
/// dpmsolver++: x' = (s'/s) x - a' (e^-h - 1) D0 - a' (e^-h - 1) D1 / 2
/// </code>
/// with the factors of the other kinds in <see cref="DpmSolver"/>. The last steps are of lower order where the config says so.
/// </summary>
internal sealed class DpmSolverMultistepScheduler : Scheduler
{
    private const int FewSteps = 15;
    private readonly LogSnrGrid _grid;
    private readonly DpmSolver _solver;
    private readonly int _order;
    private readonly bool _lowersAtEnd;
    private readonly bool _endsWithEuler;

    public DpmSolverMultistepScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _grid = new LogSnrGrid(settings, ForwardProcess.Read(settings, BetaDefaults.Usual, TerminalSignal.Tiny),
            LogSnrGridKeys.TimestepSpacing | LogSnrGridKeys.FinalSigma | LogSnrGridKeys.LambdaMin | LogSnrGridKeys.LuLambdas
                | LogSnrGridKeys.CutsCosine);
        _solver = new DpmSolver(settings,
            [DpmSolverNames.Data, DpmSolverNames.Noise, DpmSolverNames.DataSde, DpmSolverNames.NoiseSde]);
        _order = settings.ReadCount("solver_order", 2, least: 1);
        _lowersAtEnd = settings.ReadFlag("lower_order_final", true);
        _endsWithEuler = settings.ReadFlag("euler_at_final", false);
        if (_grid.EndsOnZero && !_solver.IsInData)
            throw settings.Refuse("algorithm_type", "needs final_sigmas_type sigma_min: the noise can't be told from a clean sample");
    }

    protected override IReadOnlyCollection<string> TakenOptions { get; } = [SamplingOptionNames.Timesteps];

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var (timesteps, sigmas) = _grid.Compute(steps, sampling.Timesteps);
        return new Path(this, timesteps, sigmas, size);
    }

    private int OrderAt(int step, int remembered, int count)
    {
        var few = _lowersAtEnd && count < FewSteps;
        var last = step == count - 1 && (_endsWithEuler || few || _grid.EndsOnZero);
        return last ? 1 : Math.Min(Math.Min(_order, 3), Math.Min(remembered, step == count - 2 && few ? 2 : 3));
    }

    private sealed class Path(DpmSolverMultistepScheduler scheduler, double[] timesteps, double[] sigmas, int size)
        : LogSnrPath(timesteps, sigmas, size)
    {
        private readonly float[][] _models = [new float[size], new float[size], new float[size]]; // newest first

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            var (from, to) = (Level(StepsDone), Level(StepsDone + 1));
            (_models[0], _models[1], _models[2]) = (_models[2], _models[0], _models[1]);
            scheduler._solver.Convert(sample, output, from, Clean, _models[0]);
            var factors = scheduler._solver.ComputeFactors(from, to);
            var (recent, older) = DifferenceFactors(factors, scheduler.OrderAt(StepsDone, StepsSinceStart + 1, Timesteps.Count), to);
            // In single precision and in this order: the roots of data sets that were sealed with the second order hold these bits.
            var (kept, added) = ((float)factors.Kept, (float)factors.Model);
            var (m0, m1, m2) = (_models[0], _models[1], _models[2]);
            for (var i = 0; i < sample.Length; i++)
                sample[i] = (kept * sample[i]) + (added * (m0[i] + (recent * (m0[i] - m1[i])) + (older * (m1[i] - m2[i]))));
            if (scheduler._solver.IsStochastic)
                Sum.Start(1, sample).Add(factors.Spread, DrawNoise(noise)).CopyTo(sample);
        }

        // What m0 - m1 and m1 - m2 count for, over what m0 counts for.
        private (float Recent, float Older) DifferenceFactors(StepFactors factors, int order, NoiseLevel to)
        {
            if (order == 1)
                return (0, 0);
            var lambda = Level(StepsDone).Lambda;
            var h = to.Lambda - lambda;
            var r0 = (lambda - Level(StepsDone - 1).Lambda) / h;
            if (order == 2)
                return ((float)(factors.First / factors.Model / r0), 0);
            var r1 = (Level(StepsDone - 1).Lambda - Level(StepsDone - 2).Lambda) / h;
            var second = ((factors.Linear * r0) + factors.Square) / (r0 + r1);
            return ((float)((factors.Linear + second) / r0 / factors.Model), (float)(-second / r1 / factors.Model));
        }
    }
}
