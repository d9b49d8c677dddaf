using System.Text;
using System.Text.Json;
using SynCxr.Mesh.Diffusion.Schedulers;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Schedulers;

public sealed class SchedulerConfigTests
{
    // What a file can hold that no published one does; each is held against every class.
    private static readonly string[] _oddConfigs =
    [
        """{"use_karras_sigmas": null, "clip_sample": null, "thresholding": null, "predict_x0": null, "lower_order_final": null}""",
        """{"beta_start": 0.02, "beta_end": 0.0001}""", """{"beta_start": -0.1}""", """{"beta_end": 1.5}""", """{"beta_end": Infinity}""",
        """{"beta_start": 0, "beta_end": 0}""", """{"beta_start": null}""", """{"beta_schedule": ["linear"]}""",
        """{"trained_betas": [0.1, 0.2, 0.3]}""", """{"trained_betas": [0.1], "num_train_timesteps": 1}""", """{"trained_betas": []}""",
        """{"num_train_timesteps": 0}""", """{"num_train_timesteps": 1}""", """{"num_train_timesteps": 2}""",
        """{"num_train_timesteps": 1000.0}""", """{"num_train_timesteps": true}""", """{"num_train_timesteps": 3000000000}""",
        """{"steps_offset": 1000, "timestep_spacing": "leading"}""", """{"steps_offset": 2147483647, "timestep_spacing": "leading"}""",
        """{"steps_offset": -1}""", """{"timestep_spacing": null}""", """{"timestep_spacing": "trailing", "num_train_timesteps": 7}""",
        """{"use_exponential_sigmas": true, "use_beta_sigmas": true}""", """{"use_karras_sigmas": true, "sigma_min": 0}""",
        """{"use_exponential_sigmas": true, "sigma_min": 0, "sigma_max": 0}""", """{"use_beta_sigmas": "yes"}""",
        """{"solver_order": 0}""", """{"solver_order": 4}""", """{"solver_type": null}""", """{"final_sigmas_type": "sigma_max"}""",
        """{"lambda_min_clipped": 5}""", """{"lambda_min_clipped": null}""", """{"variance_type": 3}""", """{"timestep_type": null}""",
        """{"shift": 0}""", """{"shift": -1}""", """{"shift_terminal": 1}""", """{"use_dynamic_shifting": true}""",
        """{"clip_sample": true, "clip_sample_range": -1}""", """{"thresholding": true, "dynamic_thresholding_ratio": 2}""",
        """{"original_inference_steps": 2000}""", """{"timestep_scaling": 0}""", """{"disable_corrector": "all"}""", """{"solver_p": {}}""",
        """{"rescale_betas_zero_snr": true}""", """{"prediction_type": "sample"}""", """{"prediction_type": 1}""",
    ];

    public static TheoryData<string> Classes => [.. SchedulerNames.All];

    [Theory]
    [InlineData(SchedulerNames.Ddim, """{"beta_schedule": "sigmoid"}""", "beta_schedule: ")]
    [InlineData(SchedulerNames.Ddim, """{"prediction_type": "flow"}""", "prediction_type: ")]
    [InlineData(SchedulerNames.Ddim, """{"timestep_spacing": null}""", "timestep_spacing: ")]
    [InlineData(SchedulerNames.Ddim, """{"num_train_timesteps": 0}""", "num_train_timesteps: ")]
    [InlineData(SchedulerNames.Ddim, """{"num_train_timesteps": "many"}""", "num_train_timesteps: ")]
    [InlineData(SchedulerNames.Ddim, """{"clip_sample": "no"}""", "clip_sample: ")]
    [InlineData(SchedulerNames.Ddim, """{"steps_offset": 1.5}""", "steps_offset: ")]
    [InlineData(SchedulerNames.Ddim, """{"trained_betas": [0.1, "x"]}""", "trained_betas: ")]
    [InlineData(SchedulerNames.EulerDiscrete, """{"use_karras_sigmas": true, "use_beta_sigmas": true}""", "use_beta_sigmas: ")]
    [InlineData(SchedulerNames.DpmSolverMultistep, """{"algorithm_type": "dpmsolver"}""", "algorithm_type: ")]
    [InlineData(SchedulerNames.DpmSolverMultistep, """{"use_flow_sigmas": true}""", "use_flow_sigmas: ")]
    [InlineData(SchedulerNames.UniPcMultistep, """{"solver_type": "bh1"}""", "solver_type: ")]
    [InlineData(SchedulerNames.Ddpm, """{"variance_type": "fixed_large_log"}""", "variance_type: ")]
    [InlineData(SchedulerNames.Ddpm, """{"num_train_timesteps": 100000000}""", "num_train_timesteps: ")]
    [InlineData(SchedulerNames.HeunDiscrete, """{"clip_sample": true, "clip_sample_range": -1}""", "clip_sample_range: ")]
    [InlineData(SchedulerNames.EulerDiscrete, """{"beta_end": NaN}""", "beta_end: ")]
    [InlineData(SchedulerNames.LmsDiscrete, """{"trained_betas": [0.1, NaN]}""", "trained_betas: ")]
    [InlineData(SchedulerNames.UniPcMultistep, """{"sigma_min": NaN}""", "sigma_min: ")]
    [InlineData(SchedulerNames.DpmSolverMultistep, """{"lambda_min_clipped": Infinity}""", "lambda_min_clipped: leaves no")]
    [InlineData(SchedulerNames.DpmSolverSinglestep, """{"lambda_min_clipped": NaN}""", "lambda_min_clipped: ")]
    [InlineData(SchedulerNames.Ddim, """{"_class_name": ["DDIMScheduler"]}""", "_class_name must be")]
    [InlineData(SchedulerNames.Ddim, """{"_class_name": null}""", "_class_name must be")]
    public void Create_ValueThatTheClassRefuses_NamesFileAndKey(string scheduler, string json, string part)
    {
        var exception = Assert.Throws<InvalidDataException>(() => SchedulerNames.Create(scheduler, Parse(json)));
        Assert.StartsWith("a/file.json: ", exception.Message);
        Assert.Contains(part, exception.Message);
    }

    /// <summary>A config is somebody's file: what is in it is not said.</summary>
    [Theory]
    [InlineData("""{"prediction_type": "c4nary"}""", "prediction_type: is not one of")]
    [InlineData("""{"clip_sample": "c4nary"}""", "clip_sample: true or false is wanted")]
    [InlineData("""{"beta_start": "c4nary"}""", "beta_start: a number is wanted")]
    [InlineData("""{"trained_betas": ["c4nary"]}""", "trained_betas: a list of numbers is wanted")]
    [InlineData("""{"steps_offset": {"c4nary": 1}}""", "steps_offset: a whole number")]
    [InlineData("""{"_class_name": ["c4nary"]}""", "_class_name must be the name of a class, not a list")]
    [InlineData("\"c4nary\"", "must be an object, not a text")]
    public void Create_SecretInTheFile_IsNotInTheMessage(string json, string reason)
    {
        var exception = Assert.Throws<InvalidDataException>(() => SchedulerNames.Create(SchedulerNames.Ddim, Parse(json)));
        Assert.Contains(reason, exception.Message);
        Assert.DoesNotContain("c4nary", exception.Message);
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
    [MemberData(nameof(Classes))]
    public void SetTimesteps_OddConfigs_AreRefusedByKeyOrFieldAndNeverFailOtherwise(string scheduler)
    {
        foreach (var json in _oddConfigs)
        {
            try
            {
                var odd = SchedulerNames.Create(scheduler, Parse(json));
                foreach (var steps in new[] { 1, 2, 3, 10, 999, 1000 })
                    CheckRefusalOrSteps(odd, steps);
            }
            catch (InvalidDataException refusal)
            {
                Assert.Contains(JsonDocument.Parse(json.Replace("Infinity", "0")).RootElement.EnumerateObject().Select(key => key.Name),
                    key => refusal.Message.StartsWith($"a/file.json: {key}: ", StringComparison.Ordinal));
            }
        }
    }

    private static void CheckRefusalOrSteps(IScheduler scheduler, int steps)
    {
        try
        {
            Assert.InRange(scheduler.SetTimesteps(steps, SamplingOptions.None, 1).Timesteps.Count, steps, (2 * steps) + 9);
        }
        catch (SamplingRefusedException refusal)
        {
            Assert.Matches("^(steps|sampling\\.(mu|original_inference_steps))$", refusal.Field);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"a": Infinite}""")]
    public void Parse_NoJsonObject_NamesTheFile(string json) =>
        Assert.StartsWith("a/file.json: ", Assert.Throws<InvalidDataException>(() => Parse(json)).Message);

    [Fact]
    public void Load_ClassThatIsNotListed_IsRefusedWithThoseThatAre()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, """{"_class_name": "ScoreSdeVeScheduler"}""");
        var exception = Assert.Throws<InvalidDataException>(() => SchedulerSet.Load(path));
        Assert.Contains("_class_name: must be one of DDIMScheduler, ", exception.Message);
        Assert.DoesNotContain("ScoreSde", exception.Message);
        File.Delete(path);
    }

    private static SchedulerConfig Parse(string json) => SchedulerConfig.Parse("a/file.json", Encoding.UTF8.GetBytes(json));
}
