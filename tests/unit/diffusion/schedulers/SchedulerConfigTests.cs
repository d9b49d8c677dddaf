using System.Text;
using SynCxr.Mesh.Diffusion.Schedulers;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Schedulers;

public sealed class SchedulerConfigTests
{
    [Theory]
    [InlineData(SchedulerNames.Ddim, """{"beta_schedule": "sigmoid"}""", "beta_schedule 'sigmoid'")]
    [InlineData(SchedulerNames.Ddim, """{"prediction_type": "flow"}""", "prediction_type 'flow'")]
    [InlineData(SchedulerNames.Ddim, """{"timestep_spacing": null}""", "timestep_spacing 'null'")]
    [InlineData(SchedulerNames.Ddim, """{"num_train_timesteps": 0}""", "num_train_timesteps '0'")]
    [InlineData(SchedulerNames.Ddim, """{"num_train_timesteps": "many"}""", "num_train_timesteps 'many'")]
    [InlineData(SchedulerNames.Ddim, """{"clip_sample": "no"}""", "clip_sample 'no'")]
    [InlineData(SchedulerNames.Ddim, """{"steps_offset": 1.5}""", "steps_offset '1.5'")]
    [InlineData(SchedulerNames.Ddim, """{"trained_betas": [0.1, "x"]}""", "trained_betas 'x'")]
    [InlineData(SchedulerNames.EulerDiscrete, """{"use_karras_sigmas": true, "use_beta_sigmas": true}""", "use_beta_sigmas")]
    [InlineData(SchedulerNames.DpmSolverMultistep, """{"algorithm_type": "dpmsolver"}""", "algorithm_type 'dpmsolver'")]
    [InlineData(SchedulerNames.DpmSolverMultistep, """{"use_flow_sigmas": true}""", "use_flow_sigmas 'true'")]
    [InlineData(SchedulerNames.UniPcMultistep, """{"solver_type": "bh1"}""", "solver_type 'bh1'")]
    [InlineData(SchedulerNames.Ddpm, """{"variance_type": "fixed_large_log"}""", "variance_type 'fixed_large_log'")]
    public void Create_ValueThatTheClassRefuses_NamesFileKeyAndValue(string scheduler, string json, string part)
    {
        var exception = Assert.Throws<InvalidDataException>(() => SchedulerNames.Create(scheduler, Parse(json)));
        Assert.StartsWith("a/file.json: ", exception.Message);
        Assert.Contains(part, exception.Message);
    }

    [Fact]
    public void Create_LongValue_IsShownShortened()
    {
        var exception = Assert.Throws<InvalidDataException>(
            () => SchedulerNames.Create(SchedulerNames.Ddim, Parse($$"""{"prediction_type": "{{new string('x', 5000)}}"}""")));
        Assert.InRange(exception.Message.Length, 120, 300);
    }

    [Fact]
    public void Create_KeysOfOtherClasses_AreReportedAndChangeNothing()
    {
        var scheduler = SchedulerNames.Create(SchedulerNames.Ddim,
            Parse("""{"_class_name": "PNDMScheduler", "skip_prk_steps": true, "made_by": {"a": [1, null]}, "sigma_max": Infinity}"""));
        Assert.Equal(["made_by", "sigma_max", "skip_prk_steps"], scheduler.UnknownKeys);
    }

    [Theory]
    [InlineData("""{"lambda_min_clipped": -Infinity, "note": "-Infinity and \"NaN\""}""")]
    [InlineData("""{"use_karras_sigmas": null, "lambda_min_clipped": -Infinity}""")]
    [InlineData("""{"trained_betas": null, "variance_type": null}""")]
    public void Create_BareWordsAndNulls_AreRead(string json) =>
        Assert.Equal(999,
            SchedulerNames.Create(SchedulerNames.DpmSolverMultistep, Parse(json)).SetTimesteps(10, SamplingOptions.None, 1).Timestep);

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"a": Infinite}""")]
    public void Parse_NoJsonObject_NamesTheFile(string json) =>
        Assert.StartsWith("a/file.json: ", Assert.Throws<InvalidDataException>(() => Parse(json)).Message);

    [Fact]
    public void Load_ClassThatIsNotListed_IsRefusedByName()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, """{"_class_name": "ScoreSdeVeScheduler"}""");
        var exception = Assert.Throws<InvalidDataException>(() => SchedulerSet.Load(path));
        Assert.Contains("_class_name 'ScoreSdeVeScheduler' is not one of", exception.Message);
        File.Delete(path);
    }

    private static SchedulerConfig Parse(string json) => SchedulerConfig.Parse("a/file.json", Encoding.UTF8.GetBytes(json));
}
