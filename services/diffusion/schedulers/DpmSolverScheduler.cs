namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// DPM-Solver++(2M), the multistep solver of the data-prediction ODE (Lu et al. 2022, algorithm 2). The first step and the last,
/// which ends on the clean sample, are of first order.
/// </summary>
internal sealed class DpmSolverScheduler : IScheduler
{
    public string Name => SchedulerNames.DpmSolver;

    public DenoisingPath Start(NoiseSchedule schedule, int steps, int size) => new Path(schedule, steps, size);

    private sealed class Path(NoiseSchedule schedule, int steps, int size) : DenoisingPath(schedule, steps, size)
    {
        private readonly float[] _before = new float[size];
        private double _lambdaBefore;

        protected override NoiseLevel End => NoiseLevel.Clean;

        protected override void Move(Span<float> sample, ReadOnlySpan<float> clean, NoiseLevel from, NoiseLevel to)
        {
            // h = lambda' - lambda; x' = (s'/s) x + a' (1 - e^-h) D, with e^-h = s' a / (a' s), which is 0 where either end is pure.
            var kept = (float)(to.Noise / from.Noise);
            var added = (float)(to.Signal - (to.Noise * from.Signal / from.Noise));
            var h = to.Lambda - from.Lambda;
            // D = x0 + (x0 - x0 before) / 2r, r the ratio of the last step's h to this one's.
            var slope = Done == 0 || to.Noise == 0 ? 0f : (float)(0.5 * h / (from.Lambda - _lambdaBefore));
            for (var i = 0; i < sample.Length; i++)
                sample[i] = (kept * sample[i]) + (added * (clean[i] + (slope * (clean[i] - _before[i]))));
            clean.CopyTo(_before);
            _lambdaBefore = from.Lambda;
        }
    }
}
