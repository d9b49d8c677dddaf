namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>DDIM with eta = 0 (Song et al. 2021, equation 12): x' = a' x0 + s' n, with n what is left of x.</summary>
internal sealed class DdimScheduler : IScheduler
{
    public string Name => SchedulerNames.Ddim;

    public DenoisingPath CreatePath(ForwardProcess schedule, int steps, int size) => new DdimPath(schedule, steps, size);

    private sealed class DdimPath(ForwardProcess schedule, int steps, int size) : DenoisingPath(schedule, steps, size)
    {
        protected override NoiseLevel FinalLevel { get; } = schedule.Config.SetAlphaToOne ? NoiseLevel.Clean : schedule[0];

        protected override void MoveToLevel(Span<float> sample, ReadOnlySpan<float> clean, NoiseLevel from, NoiseLevel to)
        {
            var kept = (float)(to.Noise / from.Noise);
            var added = (float)(to.Signal - (to.Noise * from.Signal / from.Noise));
            for (var i = 0; i < sample.Length; i++)
                sample[i] = (kept * sample[i]) + (added * clean[i]);
        }
    }
}
