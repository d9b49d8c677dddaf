namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// DPM-Solver++(2M), the multistep solver of the data-prediction ODE (Lu et al. 2022, algorithm 2). The first step and the last,
/// which ends on the clean sample, are of first order.
/// </summary>
internal sealed class DpmSolverScheduler : IScheduler
{
    public string Name => SchedulerNames.DpmSolver;

    public DenoisingPath CreatePath(ForwardProcess schedule, int steps, int size) => new DpmSolverPath(schedule, steps, size);

    private sealed class DpmSolverPath(ForwardProcess schedule, int steps, int size) : DenoisingPath(schedule, steps, size)
    {
        private readonly float[] _previousClean = new float[size];
        private double _previousLambda;

        protected override NoiseLevel FinalLevel => NoiseLevel.Clean;

        protected override void MoveToLevel(Span<float> sample, ReadOnlySpan<float> clean, NoiseLevel from, NoiseLevel to)
        {
            // h = lambda' - lambda; x' = (s'/s) x + a' (1 - e^-h) D, with e^-h = s' a / (a' s), which is 0 where either end is pure.
            var kept = (float)(to.Noise / from.Noise);
            var added = (float)(to.Signal - (to.Noise * from.Signal / from.Noise));
            var h = to.Lambda - from.Lambda;
            // D = x0 + (x0 - x0 before) / 2r, r the ratio of the last step's h to this one's.
            var slope = StepsDone == 0 || to.Noise == 0 ? 0f : (float)(0.5 * h / (from.Lambda - _previousLambda));
            for (var i = 0; i < sample.Length; i++)
                sample[i] = (kept * sample[i]) + (added * (clean[i] + (slope * (clean[i] - _previousClean[i]))));
            clean.CopyTo(_previousClean);
            _previousLambda = from.Lambda;
        }
    }
}
