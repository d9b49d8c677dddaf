using System.Text;
using SynCxr.Mesh.Diffusion.Schedulers;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Schedulers;

/// <summary>
/// Held against a case that can be solved: for data N(mean, spread²) the best denoiser and the end of the probability-flow path are
/// known in closed form: x(0) = mean + spread (x(T) - a mean) / sqrt(a² spread² + s²).
/// </summary>
public sealed class SchedulersTests
{
    private const double Mean = 0.7, Spread = 0.4;

    private static readonly string[] _deterministic =
    [
        SchedulerNames.Ddim, SchedulerNames.Pndm, SchedulerNames.EulerDiscrete, SchedulerNames.HeunDiscrete, SchedulerNames.LmsDiscrete,
        SchedulerNames.Kdpm2Discrete, SchedulerNames.DpmSolverMultistep, SchedulerNames.DpmSolverSinglestep, SchedulerNames.UniPcMultistep,
        SchedulerNames.DeisMultistep, SchedulerNames.DdimAlias, SchedulerNames.DpmSolverAlias,
    ];

    public static TheoryData<string, string> Cases =>
        [.. _deterministic.SelectMany(name => new[] { (name, PredictionTypeNames.Epsilon), (name, PredictionTypeNames.Velocity) })];

    // Flow matching has another forward process; PNDM's multistep does not see that the noise it extrapolates is known.
    public static TheoryData<string> Names =>
        [.. SchedulerNames.All.Where(name => name is not (SchedulerNames.FlowMatchEuler or SchedulerNames.Pndm))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_GaussianData_EndsWhereTheExactPathEnds(string scheduler, string prediction) =>
        Assert.InRange(Error(scheduler, Config(prediction), 500), 0, 0.012);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_MoreSteps_ComesCloser(string scheduler, string prediction) =>
        Assert.True(Error(scheduler, Config(prediction), 40) < 0.75 * Error(scheduler, Config(prediction), 10));

    // But PNDM and LMS, which start in the middle as the library does: in two evaluations of one step, and without the terms of derivatives
    // that there are none of.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_FromTheMiddle_EndsWhereTheExactPathEnds(string scheduler, string prediction)
    {
        foreach (var strength in new[] { 0.9, 0.5, 0.1 })
        {
            Assert.InRange(Error(scheduler, Config(prediction), 500, strength), 0,
                scheduler is SchedulerNames.Pndm or SchedulerNames.LmsDiscrete ? 0.05 : 0.012);
        }
    }

    // There is nothing in its memory yet.
    [Theory]
    [InlineData(SchedulerNames.DpmSolverMultistep)]
    [InlineData(SchedulerNames.DpmSolverSinglestep)]
    [InlineData(SchedulerNames.DeisMultistep)]
    [InlineData(SchedulerNames.UniPcMultistep)]
    public void Step_FirstFromTheMiddle_IsOfFirstOrder(string scheduler)
    {
        float[] StepOnce(int order)
        {
            var config = Config(PredictionTypeNames.Velocity, $"\"solver_order\": {order}, \"timestep_spacing\": \"trailing\",");
            var path = SchedulerNames.Create(scheduler, config).SetTimesteps(20, SamplingOptions.None, 2, 0.5);
            float[] sample = [0.3f, -0.2f];
            path.Step([0.1f, 0.2f], sample, static (_, noise) => noise.Clear());
            return sample;
        }

        Assert.Equal(StepOnce(1), StepOnce(3), (wanted, got) => Math.Abs(wanted - got) < 1e-6);
    }

    [Theory]
    [InlineData(SchedulerNames.Ddim, 10, 0.3, 3, 7)]
    [InlineData(SchedulerNames.Ddim, 50, 0.58, 28, 22)] // 50 x 0.58 is below 29 in double precision, as in Python
    [InlineData(SchedulerNames.Ddim, 5, 0.1, 0, 5)]
    [InlineData(SchedulerNames.Ddim, 61, 0.5, 31, 31)] // 30 steps, and the one that NumPy puts on top of 61
    [InlineData(SchedulerNames.Pndm, 10, 0.3, 4, 7)] // 11 evaluations
    [InlineData(SchedulerNames.Pndm, 10, 0, 0, 11)]
    [InlineData(SchedulerNames.HeunDiscrete, 10, 0.3, 5, 14)] // two evaluations a step, one in the last
    [InlineData(SchedulerNames.Kdpm2AncestralDiscrete, 10, 0.3, 5, 14)]
    public void SetTimesteps_Strength_LeavesTheLastSteps(string scheduler, int steps, double strength, int left, int first)
    {
        var path = SchedulerNames.Create(scheduler, Config(PredictionTypeNames.Velocity)).SetTimesteps(steps, SamplingOptions.None, 1,
            strength);
        Assert.Equal((left, first, first), (path.Timesteps.Count - path.StepsDone, path.FirstStep, path.StepsDone));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AddNoise_InTheMiddle_GivesTheNoiseLevelThatTheNetworkIsAskedAbout(string scheduler)
    {
        var config = Config(PredictionTypeNames.Velocity);
        var process = ForwardProcess.Read(new SchedulerSettings(config, "test"), BetaDefaults.Usual);
        var path = SchedulerNames.Create(scheduler, config).SetTimesteps(20, SamplingOptions.None, 2, 0.5);
        float[] sample = new float[2], input = new float[2];
        path.AddNoise([1, 0], [0, 1], sample);
        path.ScaleModelInput(sample, input);
        var level = NoiseLevel.FromSigma(process.SigmaAt(path.Timestep));
        Assert.Equal([(float)level.Signal, (float)level.Noise], input, (wanted, got) => Math.Abs(wanted - got) < 1e-3);
    }

    [Fact]
    public void AddNoise_FlowMatching_IsBetweenImageAndNoise()
    {
        var path = SchedulerNames.Create(SchedulerNames.FlowMatchEuler, SchedulerConfig.Parse("test", "{}"u8)).SetTimesteps(4,
            SamplingOptions.None, 2, 0.5);
        var sample = new float[2];
        path.AddNoise([1, 0], [0, 1], sample);
        Assert.Equal((float)(path.Timestep / 1000), sample[1], 1e-6f);
        Assert.Equal(1, sample[0] + sample[1], 1e-6f);
        Assert.InRange(sample[1], 0.3f, 0.4f); // 1, 0.667, 0.334, 0.001
    }

    [Theory]
    [InlineData(SchedulerNames.HeunDiscrete)]
    [InlineData(SchedulerNames.Kdpm2Discrete)]
    public void Step_OfSecondOrder_ComesCloserThanFirst(string second)
    {
        var config = Config(PredictionTypeNames.Velocity, "\"use_exponential_sigmas\": true,");
        Assert.True(Error(second, config, 20) < 0.5 * Error(SchedulerNames.EulerDiscrete, config, 40));
    }

    [Fact]
    public void Step_DpmSolverOfSecondOrder_ComesCloserThanOfFirst()
    {
        var errors = Enumerable.Range(1, 2).Select(order => Error(SchedulerNames.DpmSolverMultistep,
            Config(PredictionTypeNames.Velocity, $"\"solver_order\": {order}, \"timestep_spacing\": \"trailing\","), 100)).ToList();
        Assert.True(errors[1] < 0.6 * errors[0], string.Join(", ", errors));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_DenoiserThatKnowsTheImage_EndsOnItInAnyNumberOfSteps(string scheduler)
    {
        float[] known = [0.25f, 0.5f, -0.75f];
        foreach (var spacing in TimestepSpacingNames.All)
        {
            foreach (var steps in new[] { 1, 2, 7, 50 })
            {
                if (steps == 1 && spacing != TimestepSpacingNames.Trailing)
                    continue; // its one timestep is 0, where there is nothing left to do
                var config = Config(PredictionTypeNames.Velocity, $"\"timestep_spacing\": \"{spacing}\", \"skip_prk_steps\": true,");
                var end = Run(scheduler, config, steps, [2f, -1f, 0.5f], (x, k, level) =>
                    (level.Signal * (x - (level.Signal * known[k])) / level.Noise) - (level.Noise * known[k]));
                // Some classes end on the noise of timestep 0.
                Assert.Equal(known, end, (wanted, got) => Math.Abs(wanted - got) < 0.1);
            }
        }
    }

    [Fact]
    public void Create_Alias_IsWithinSinglePrecisionOfItsClass()
    {
        foreach (var (alias, name) in new[] { (SchedulerNames.DdimAlias, SchedulerNames.Ddim),
            (SchedulerNames.DpmSolverAlias, SchedulerNames.DpmSolverMultistep) })
        {
            Assert.Equal(name, SchedulerNames.Create(alias, Config(PredictionTypeNames.Velocity)).Name);
            Assert.Equal(Error(name, Config(PredictionTypeNames.Velocity), 20), Error(alias, Config(PredictionTypeNames.Velocity), 20),
                1e-4);
        }
    }

    [Theory]
    [InlineData(TimestepSpacingNames.Leading, 1, new double[] { 901, 801, 701, 601, 501, 401, 301, 201, 101, 1 })]
    [InlineData(TimestepSpacingNames.Leading, 0, new double[] { 900, 800, 700, 600, 500, 400, 300, 200, 100, 0 })]
    [InlineData(TimestepSpacingNames.Trailing, 1, new double[] { 999, 899, 799, 699, 599, 499, 399, 299, 199, 99 })]
    [InlineData(TimestepSpacingNames.Linspace, 1, new double[] { 999, 888, 777, 666, 555, 444, 333, 222, 111, 0 })]
    public void ComputeTimesteps_TenSteps_VisitsTheKnownTimesteps(string spacing, int offset, double[] expected) =>
        Assert.Equal(expected, TimestepSpacingNames.ComputeTimesteps(spacing, 1000, 10, offset));

    [Fact]
    public void ComputeTimesteps_Trailing_OvershootsWhereNumPyDoes()
    {
        var counts = Enumerable.Range(1, 1000)
            .Where(steps => TimestepSpacingNames.ComputeTimesteps(TimestepSpacingNames.Trailing, 1000, steps, 0).Length != steps).ToList();
        Assert.Equal(62, counts.Count);
        Assert.Equal([61, 103, 121], counts.Take(3));
    }

    [Fact]
    public void BetaQuantile_SymmetricShape_IsTheKnownOne()
    {
        Assert.Equal(0.5, BetaDistribution.Quantile(0.5, 0.6), 1e-12);
        // Shape 1/2 is the arcsine distribution: sin²(pi p / 2).
        foreach (var p in new[] { 0.001, 0.1, 0.3, 0.8, 0.99 })
            Assert.Equal(Math.Pow(Math.Sin(Math.PI * p / 2), 2), BetaDistribution.Quantile(p, 0.5), 1e-9);
    }

    [Fact]
    public void SetTimesteps_OptionOfAnotherClass_IsRefusedByName()
    {
        var scheduler = SchedulerNames.Create(SchedulerNames.EulerAncestralDiscrete, Config(PredictionTypeNames.Velocity));
        var refusal = Assert.Throws<SamplingRefusedException>(() => scheduler.SetTimesteps(4, new SamplingOptions { Eta = 1 }, 4));
        Assert.Equal("sampling.eta", refusal.Field);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(4, false)]
    public void SetTimesteps_StepsAndTimesteps_WantsOneOfThem(int? steps, bool neither)
    {
        var scheduler = SchedulerNames.Create(SchedulerNames.Ddpm, Config(PredictionTypeNames.Velocity));
        var options = neither ? SamplingOptions.None : new SamplingOptions { Timesteps = [500, 1] };
        Assert.Equal("steps", Assert.Throws<SamplingRefusedException>(() => scheduler.SetTimesteps(steps, options, 4)).Field);
    }

    private static SchedulerConfig Config(string prediction,
        string more = "\"timestep_spacing\": \"trailing\", \"skip_prk_steps\": true,") =>
        SchedulerConfig.Parse("test", Encoding.UTF8.GetBytes($$"""
            {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false, {{more}}
             "prediction_type": "{{prediction}}"}
            """));

    // The denoised sample; `output` is the network, element by element, for a sample of unit variance.
    private static float[] Run(string scheduler, SchedulerConfig config, int steps, float[] start,
        Func<double, int, NoiseLevel, double> output, double strength = 1)
    {
        var process = ForwardProcess.Read(new SchedulerSettings(config, "test"), BetaDefaults.Usual);
        var path = SchedulerNames.Create(scheduler, config).SetTimesteps(steps, SamplingOptions.None, start.Length, strength);
        float[] sample = [.. start.Select(x => (float)(x * path.InitNoiseSigma))], input = new float[start.Length];
        if (path.FirstStep > 0)
            path.AddNoise([.. start.Select(_ => (float)Mean)], start, sample);
        while (!path.IsFinished)
        {
            path.ScaleModelInput(sample, input);
            var level = NoiseLevel.FromSigma(process.SigmaAt(path.Timestep));
            path.Step([.. input.Select((x, k) => (float)output(x, k, level))], sample, static (_, noise) => noise.Clear());
        }
        return sample;
    }

    private static double Error(string scheduler, SchedulerConfig config, int steps, double strength = 1)
    {
        float[] start = [-1.3f, -0.2f, 0.4f, 1.9f];
        double[]? ends = null;
        var isVelocity = config.Values["prediction_type"].GetString() == PredictionTypeNames.Velocity;
        var reached = Run(scheduler, config, steps, start, (x, k, level) =>
        {
            ends ??= new double[start.Length];
            if (ends[k] == 0)
                ends[k] = Mean + (Spread * (x - (level.Signal * Mean)) / Math.Sqrt(Variance(level)));
            var clean = Mean + (Spread * Spread * level.Signal * (x - (level.Signal * Mean)) / Variance(level));
            var noise = (x - (level.Signal * clean)) / level.Noise;
            return isVelocity ? (level.Signal * noise) - (level.Noise * clean) : noise;
        }, strength);
        return reached.Zip(ends!, (got, wanted) => Math.Abs(got - wanted)).Max();
    }

    private static double Variance(NoiseLevel level) => Math.Pow(level.Signal * Spread, 2) + Math.Pow(level.Noise, 2);
}
