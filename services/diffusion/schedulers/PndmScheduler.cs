namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// PNDM (Liu et al. 2022): linear multistep (PLMS, equation 12) over the transfer of equation 11,
/// <code>
/// x' = sqrt(ā'/ā) x - (ā' - ā) e / (ā sqrt(1 - ā') + sqrt(ā (1 - ā) ā'))
/// e = (55 e1 - 59 e2 + 37 e3 - 9 e4) / 24, of lower order while there are fewer
/// </code>
/// started either by pseudo Runge-Kutta steps (equation 13, four evaluations for each of the first three strides), or, with
/// <c>skip_prk_steps</c>, by a pseudo improved Euler step, which asks about the second timestep twice. Started in the middle, the library's
/// first two evaluations are that step, whichever timesteps they are asked at.
/// </summary>
internal sealed class PndmScheduler : Scheduler
{
    private const int Order = 4;
    private static readonly double[][] _weights =
        [[1], [3 / 2.0, -1 / 2.0], [23 / 12.0, -16 / 12.0, 5 / 12.0], [55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0]];

    private readonly ForwardProcess _process;
    private readonly CleanSampleEstimator _estimator;
    private readonly double _finalAlphaBar;
    private readonly bool _skipsRungeKutta;
    private readonly string _spacing;
    private readonly int _offset;

    public PndmScheduler(SchedulerSettings settings)
        : base(settings)
    {
        _process = ForwardProcess.Read(settings, BetaDefaults.Usual);
        _estimator = new CleanSampleEstimator(settings, clips: null, thresholds: false,
            [PredictionTypeNames.Epsilon, PredictionTypeNames.Velocity]);
        _finalAlphaBar = settings.ReadFlag("set_alpha_to_one", false) ? 1 : _process.AlphaBar(0);
        _skipsRungeKutta = settings.ReadFlag("skip_prk_steps", false);
        _spacing = settings.ReadChoice("timestep_spacing", TimestepSpacingNames.Leading, TimestepSpacingNames.All);
        _offset = settings.ReadCount("steps_offset", 0, least: 0);
    }

    protected override DenoisingPath CreatePath(int? steps, SamplingOptions sampling, int size)
    {
        var stride = _process.TrainTimesteps / steps!.Value;
        var visited = TimestepSpacingNames.ComputeTimesteps(_spacing, _process.TrainTimesteps, steps.Value, _offset);
        if (!_skipsRungeKutta && visited.Length < Order)
            throw new SamplingRefusedException("steps", $"is {steps}; {Name} with Runge-Kutta steps wants at least {Order}");
        double[] start = _skipsRungeKutta ? [] : StartTimesteps(visited, stride / 2);
        double[] timesteps = _skipsRungeKutta
            ? [.. visited.Take(1), .. visited.Skip(1).Take(1), .. visited.Skip(1)]
            : [.. start, .. visited.Skip(Order - 1)];
        _process.RequireTimesteps(timesteps);
        return new Path(this, timesteps, start.Length, stride, size);
    }

    // Each of the first three strides is asked about at its start, twice at its middle, and at its end.
    private static double[] StartTimesteps(double[] visited, int half)
    {
        var points = visited.Take(Order).Reverse().SelectMany(t => new[] { t, t + half }).SkipLast(1).ToList(); // rising
        return [.. points.SelectMany(t => new[] { t, t }).Skip(1).SkipLast(1).Reverse()];
    }

    private sealed class Path(PndmScheduler scheduler, double[] timesteps, int startSteps, int stride, int size)
        : DenoisingPath(timesteps, size)
    {
        private readonly List<float[]> _outputs = []; // newest first
        private readonly float[] _start = new float[size];
        private readonly float[] _slope = new float[size];

        public override void StartAt(int step)
        {
            if (startSteps > 0 && step > 0 && step < Timesteps.Count)
            {
                throw new SamplingRefusedException("strength", $"must be 0 or 1: {scheduler.Name} with Runge-Kutta steps (skip_prk_steps "
                    + "false) can't start in the middle of its timesteps");
            }
            base.StartAt(step);
        }

        protected override (double Signal, double Noise) ForwardWeights => scheduler._process[(int)Timestep].Weights;

        protected override void Advance(ReadOnlySpan<float> output, Span<float> sample, NoiseSource noise)
        {
            scheduler._estimator.Estimate(sample, output, scheduler._process[(int)Timestep], Clean);
            if (StepsDone < startSteps)
                AdvanceRungeKutta(output, sample);
            else
                AdvanceMultistep(output, sample);
        }

        private void AdvanceRungeKutta(ReadOnlySpan<float> output, Span<float> sample)
        {
            var stage = StepsDone % 4;
            if (stage == 0)
            {
                Remember(output);
                sample.CopyTo(_start);
                _slope.AsSpan().Clear();
            }
            // e = (e1 + 2 e2 + 2 e3 + e4) / 6 over the whole stride; the stages before the last go half or all of it with their own.
            Sum.Start(1, _slope).Add(stage is 0 or 3 ? 1 / 6.0 : 1 / 3.0, output).CopyTo(_slope);
            ReadOnlySpan<float> slope = stage == 3 ? _slope : output;
            var from = (int)Timesteps[StepsDone / 4 * 4];
            var to = (int)Timestep - (StepsDone % 2 == 0 ? stride / 2 : 0);
            Transfer(_start, slope, from, to, sample);
        }

        private void AdvanceMultistep(ReadOnlySpan<float> output, Span<float> sample)
        {
            var at = StepsSinceStart - startSteps;
            var (from, to) = ((int)Timestep, (int)Timestep - stride);
            if (startSteps == 0 && at == 1)
            {
                // The second evaluation of the first stride: from its start again, with the mean of both slopes.
                Sum.Start(0.5, output).Add(0.5, _outputs[0]).CopyTo(_slope);
                Transfer(_start, _slope, from + stride, from, sample);
                return;
            }
            Remember(output);
            if (at == 0)
                sample.CopyTo(_start);
            var weights = _weights[_outputs.Count - 1];
            Sum.Start(weights[0], _outputs[0]);
            for (var i = 1; i < weights.Length; i++)
                Sum.Add(weights[i], _outputs[i]);
            Sum.CopyTo(_slope);
            Transfer(sample, _slope, from, to, sample);
        }

        private void Remember(ReadOnlySpan<float> output)
        {
            _outputs.Insert(0, output.ToArray());
            if (_outputs.Count > Order)
                _outputs.RemoveAt(Order);
        }

        private void Transfer(ReadOnlySpan<float> sample, ReadOnlySpan<float> slope, int from, int to, Span<float> moved)
        {
            scheduler._process.RequireTimesteps([from]);
            var (bar, barTo) = (scheduler._process.AlphaBar(from), to >= 0 ? scheduler._process.AlphaBar(to) : scheduler._finalAlphaBar);
            var predicted = new float[sample.Length];
            scheduler._estimator.EstimateNoise(sample, slope, scheduler._process[from], predicted);
            var divisor = (bar * Math.Sqrt(1 - barTo)) + Math.Sqrt(bar * (1 - bar) * barTo);
            Sum.Start(Math.Sqrt(barTo / bar), sample).Add(-(barTo - bar) / divisor, predicted).CopyTo(moved);
        }
    }
}
