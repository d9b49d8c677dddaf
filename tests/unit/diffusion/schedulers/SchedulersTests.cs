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

    public static TheoryData<string, string, string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, string, bool>();
            foreach (var scheduler in SchedulerNames.All)
            {
                foreach (var prediction in PredictionTypeNames.All)
                {
                    foreach (var betas in BetaScheduleNames.All)
                        cases.Add(scheduler, prediction, betas, false);
                    if (prediction != PredictionTypeNames.Epsilon)
                        cases.Add(scheduler, prediction, BetaScheduleNames.ScaledLinear, true);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_GaussianData_EndsWhereTheExactPathEnds(string scheduler, string prediction, string betas, bool zeroSignal)
    {
        var config = Config(prediction, betas) with { RescaleBetasZeroSnr = zeroSignal };
        Assert.Null(config.FindProblem());
        Assert.InRange(Error(scheduler, config, 500), 0, 0.012);
    }

    [Theory]
    [InlineData(SchedulerNames.Ddim)]
    [InlineData(SchedulerNames.DpmSolver)]
    public void Step_MoreSteps_ComesCloser(string scheduler)
    {
        var config = Config(PredictionTypeNames.Velocity, BetaScheduleNames.ScaledLinear);
        Assert.True(Error(scheduler, config, 40) < 0.75 * Error(scheduler, config, 10));
    }

    [Fact]
    public void Step_DpmSolver_IsOfSecondOrder()
    {
        var config = Config(PredictionTypeNames.Velocity,
            BetaScheduleNames.ScaledLinear) with
        { TimestepSpacing = TimestepSpacingNames.Linspace };
        var (some, twice) = (Error(SchedulerNames.DpmSolver, config, 100), Error(SchedulerNames.DpmSolver, config, 200));
        Assert.True(twice < 0.3 * some, $"{twice} against {some}");
        Assert.True(twice < 0.3 * Error(SchedulerNames.Ddim, config, 200));
    }

    [Theory]
    [InlineData(SchedulerNames.Ddim, 1)]
    [InlineData(SchedulerNames.Ddim, 7)]
    [InlineData(SchedulerNames.Ddim, 1000)]
    [InlineData(SchedulerNames.DpmSolver, 1)]
    [InlineData(SchedulerNames.DpmSolver, 7)]
    [InlineData(SchedulerNames.DpmSolver, 1000)]
    public void Step_DenoiserThatKnowsTheImage_EndsOnItInAnyNumberOfSteps(string scheduler, int steps)
    {
        foreach (var spacing in TimestepSpacingNames.All)
        {
            var config = Config(PredictionTypeNames.Sample, BetaScheduleNames.ScaledLinear) with
            {
                TimestepSpacing = spacing,
                StepsOffset = 1
            };
            float[] sample = [2f, -1f, 0.5f];
            float[] known = [0.25f, 0.5f, -0.75f];
            var path = SchedulerNames.Find(scheduler)!.CreatePath(new ForwardProcess(config), steps, 3);
            while (!path.IsFinished)
                path.Step(known, sample);
            Assert.Equal(known, sample, (wanted, got) => Math.Abs(wanted - got) < 1e-4);
        }
    }

    [Fact]
    public void Step_Ddim_FollowsTheFormula()
    {
        var config = Config(PredictionTypeNames.Epsilon,
            BetaScheduleNames.ScaledLinear) with
        { TimestepSpacing = TimestepSpacingNames.Leading, StepsOffset = 1, SetAlphaToOne = false };
        var schedule = new ForwardProcess(config);
        var path = SchedulerNames.Find(SchedulerNames.Ddim)!.CreatePath(schedule, 2, 1);
        float[] sample = [1.5f];
        var x = 1.5;
        foreach (var (from, to) in new[] { (501, 1), (1, 0) })
        {
            Assert.Equal(from, path.Timestep);
            path.Step([0.3f], sample);
            double a = Bar(from), b = Bar(to);
            x = (Math.Sqrt(b) * (x - (Math.Sqrt(1 - a) * 0.3)) / Math.Sqrt(a)) + (Math.Sqrt(1 - b) * 0.3);
            Assert.Equal(x, sample[0], 1e-5);
        }
        double Bar(int t) => Math.Pow(schedule[t].Signal, 2);
    }

    [Theory]
    [InlineData(TimestepSpacingNames.Leading, 1, new[] { 901, 801, 701, 601, 501, 401, 301, 201, 101, 1 })]
    [InlineData(TimestepSpacingNames.Leading, 0, new[] { 900, 800, 700, 600, 500, 400, 300, 200, 100, 0 })]
    [InlineData(TimestepSpacingNames.Trailing, 1, new[] { 999, 899, 799, 699, 599, 499, 399, 299, 199, 99 })]
    [InlineData(TimestepSpacingNames.Linspace, 1, new[] { 999, 888, 777, 666, 555, 444, 333, 222, 111, 0 })]
    public void ComputeTimesteps_TenSteps_VisitsTheKnownTimesteps(string spacing, int offset, int[] expected) =>
        Assert.Equal(expected,
            TimestepSpacingNames.ComputeTimesteps(new SchedulerConfig { TimestepSpacing = spacing, StepsOffset = offset }, 10));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(30)]
    [InlineData(999)]
    [InlineData(1000)]
    public void ComputeTimesteps_AnyCount_FallsStrictlyAndStaysInRange(int steps)
    {
        foreach (var spacing in TimestepSpacingNames.All)
        {
            var timesteps = TimestepSpacingNames.ComputeTimesteps(new SchedulerConfig { TimestepSpacing = spacing, StepsOffset = 1 },
                steps);
            Assert.Equal(steps, timesteps.Length);
            Assert.All(timesteps, timestep => Assert.InRange(timestep, 0, 999));
            Assert.All(timesteps.Zip(timesteps.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        }
    }

    [Fact]
    public void ForwardProcess_StableDiffusion_HasItsKnownLevels()
    {
        var schedule = new ForwardProcess(
            new SchedulerConfig { BetaStart = 0.00085, BetaEnd = 0.012, BetaSchedule = BetaScheduleNames.ScaledLinear });
        Assert.Equal(0.99915, Math.Pow(schedule[0].Signal, 2), 1e-6);
        Assert.Equal(0.0046599, Math.Pow(schedule[999].Signal, 2), 1e-6);
        Assert.Equal(1, Math.Pow(schedule[500].Signal, 2) + Math.Pow(schedule[500].Noise, 2), 1e-12);
    }

    [Fact]
    public void ForwardProcess_ZeroTerminalSignal_KeepsTheFirstLevelAndEndsInNoise()
    {
        var config = Config(PredictionTypeNames.Velocity, BetaScheduleNames.ScaledLinear);
        var schedule = new ForwardProcess(config with { RescaleBetasZeroSnr = true });
        Assert.Equal(0, schedule[999].Signal);
        Assert.Equal(new ForwardProcess(config)[0].Signal, schedule[0].Signal, 1e-12);
    }

    [Theory]
    [InlineData("""{"beta_schedule": "sigmoid"}""", "beta_schedule 'sigmoid'")]
    [InlineData("""{"prediction_type": "flow"}""", "prediction_type 'flow'")]
    [InlineData("""{"timestep_spacing": "even"}""", "timestep_spacing 'even'")]
    [InlineData("""{"rescale_betas_zero_snr": true}""", "rescale_betas_zero_snr")]
    [InlineData("""{"thresholding": true}""", "thresholding")]
    [InlineData("""{"num_train_timesteps": 0}""", "num_train_timesteps")]
    [InlineData("""{"num_train_timesteps": "many"}""", "num_train_timesteps")]
    public void Read_WrongValue_NamesFileAndKey(string json, string part)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, json);
        var exception = Assert.Throws<InvalidDataException>(() => SchedulerConfig.Read(path));
        Assert.Contains(path, exception.Message);
        Assert.Contains(part, exception.Message);
        File.Delete(path);
    }

    private static SchedulerConfig Config(string prediction, string betas) => new()
    {
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        BetaSchedule = betas,
        PredictionType = prediction,
        TimestepSpacing = TimestepSpacingNames.Trailing,
    };

    private static double Error(string scheduler, SchedulerConfig config, int steps)
    {
        var schedule = new ForwardProcess(config);
        float[] sample = [-1.3f, -0.2f, 0.4f, 1.9f];
        var first = schedule[999];
        var ends = sample.Select(x => Mean + (Spread * (x - (first.Signal * Mean)) / Math.Sqrt(Variance(first)))).ToArray();
        var path = SchedulerNames.Find(scheduler)!.CreatePath(schedule, steps, sample.Length);
        while (!path.IsFinished)
            path.Step([.. sample.Select(x => (float)Output(config.PredictionType, x, schedule[path.Timestep]))], sample);
        return sample.Zip(ends, (got, wanted) => Math.Abs(got - wanted)).Max();
    }

    private static double Output(string prediction, double x, NoiseLevel level)
    {
        var (a, s) = (level.Signal, level.Noise);
        var clean = Mean + (Spread * Spread * a * (x - (a * Mean)) / Variance(level));
        var noise = (x - (a * clean)) / s;
        return prediction switch
        {
            PredictionTypeNames.Sample => clean,
            PredictionTypeNames.Epsilon => noise,
            _ => (a * noise) - (s * clean)
        };
    }

    private static double Variance(NoiseLevel level) => Math.Pow(level.Signal * Spread, 2) + Math.Pow(level.Noise, 2);
}
