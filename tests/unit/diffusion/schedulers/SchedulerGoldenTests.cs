using System.Text;
using System.Text.Json;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Schedulers;

/// <summary>Trajectories that diffusers' schedulers took, replayed through the loop that renders images.</summary>
public sealed class SchedulerGoldenTests
{
    private const string Folder = "diffusers-schedulers";
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [GoldenFact("diffusers-schedulers")]
    public void Step_CasesOfDiffusers_FollowTheirTrajectories()
    {
        if (!GoldenFolder.TryFind(Folder, out var folder))
            return;
        var pattern = new Lazy<float[]>(() => TensorFile.ReadNumpy(folder.Resolve("pattern.npy")));
        GoldenCases.Run(Folder, folder.ReadList("cases.jsonl"), item => item.GetProperty("name").GetString()!,
            item => new Case(folder, item, pattern.Value).Check());
    }

    private sealed class Case(GoldenFolder folder, JsonElement item, float[] pattern)
    {
        private readonly string _name = item.GetProperty("name").GetString()!;

        public void Check()
        {
            if (item.GetProperty("outcome").GetString() == "ok")
            {
                Follow(Create().SetTimesteps(Steps, Options(), pattern.Length));
                return;
            }
            if (RefusalBeforeTheFirstStep() is not null)
                return;
            // The library looks its first step up by value, and finds a later one where two timesteps are equal; told to begin at 0, it
            // samples. A port that counts does as the twin does.
            var twin = _name.Replace("refused-", "").Replace("no-begin-index", "begin-0");
            Assert.True(_name.EndsWith("-no-begin-index", StringComparison.Ordinal),
                "it was accepted, and the library refuses it or is not finite");
            var other = folder.ReadList("cases.jsonl").Single(other => other.GetProperty("name").GetString() == twin);
            new Case(folder, other, pattern).Check();
        }

        private int? Steps => item.GetProperty("steps") is { ValueKind: JsonValueKind.Number } steps ? steps.GetInt32() : null;

        private IScheduler Create() => SchedulerNames.Create(item.GetProperty("run_as").GetString()!, ReadConfig());

        private SchedulerConfig ReadConfig()
        {
            var path = folder.Resolve($"cases/{_name}/scheduler_config.json");
            return File.Exists(path)
                ? SchedulerConfig.Read(path)
                : SchedulerConfig.Parse(_name, Encoding.UTF8.GetBytes(item.GetProperty("settings").GetRawText()));
        }

        private SamplingOptions Options()
        {
            var given = item.GetProperty("set_timesteps_args").EnumerateObject().Concat(item.GetProperty("step_args").EnumerateObject());
            return JsonSerializer.Deserialize<SamplingOptions>(
                JsonSerializer.SerializeToUtf8Bytes(given.ToDictionary(argument => argument.Name, argument => argument.Value)), _json)!;
        }

        private Exception? RefusalBeforeTheFirstStep()
        {
            try
            {
                Create().SetTimesteps(Steps, Options(), pattern.Length);
                return null;
            }
            catch (Exception refusal) when (refusal is SamplingRefusedException or InvalidDataException)
            {
                return refusal;
            }
        }

        private void Follow(DenoisingPath path)
        {
            CheckLevels(path);
            var known = TensorFile.ReadSafetensors(folder.Resolve($"cases/{_name}/trajectory.safetensors"));
            var noisySteps = new List<int>();
            var loop = new DenoisingLoop(path, (stream, noise) =>
            {
                if (stream == 0)
                    known["start"].CopyTo(noise);
                else
                    Row(known["noise"], noisySteps.Count).CopyTo(noise);
                if (stream > 0)
                    noisySteps.Add(stream - 1);
            }, pattern.Length);
            loop.Begin();
            for (var i = 0; !path.IsFinished; i++)
            {
                var input = loop.NextInput();
                CheckClose(Row(known["scaled"], i), input, $"the network's input of step {i}");
                loop.Advance(Network(path.Timestep, input));
                CheckClose(Row(known["prev"], i), loop.Latent, $"the sample after step {i}");
                if (known.TryGetValue("clean", out var clean))
                    CheckClose(Row(clean, i), path.CleanEstimate, $"the clean estimate of step {i}");
            }
            Assert.Equal(item.GetProperty("noise_at").EnumerateArray().Select(step => step.GetInt32()), noisySteps);
        }

        // The network of SOURCE.md; with learned variances it has a second half of outputs.
        private float[] Network(double timestep, float[] input)
        {
            var output = input.Select((x, k) => (float)((0.9 * timestep / 1000 * x) + (0.25 * pattern[k])));
            return ReadConfig().Values.TryGetValue("variance_type", out var variance) && variance.ValueKind == JsonValueKind.String
                && item.GetProperty("run_as").GetString() == SchedulerNames.Ddpm
                ? variance.GetString() switch
                {
                    "learned" => [.. output, .. pattern.Select(x => 0.02f + (0.01f * x))],
                    "learned_range" => [.. output, .. pattern],
                    _ => [.. output],
                }
                : [.. output];
        }

        private void CheckLevels(DenoisingPath path)
        {
            var timesteps = item.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble()).ToList();
            var differing = item.GetProperty("float64_timesteps_differ").EnumerateArray().Select(i => i.GetInt32()).ToHashSet();
            var whole = item.GetProperty("timesteps_dtype").GetString() == "int64";
            Assert.Equal(timesteps.Count, path.Timesteps.Count);
            for (var i = 0; i < timesteps.Count; i++)
            {
                var slack = differing.Contains(i) ? 1 : whole ? 0 : 1e-5 * Math.Max(1, Math.Abs(timesteps[i]));
                Assert.True(Math.Abs(timesteps[i] - path.Timesteps[i]) <= slack,
                    $"timestep {i} is {path.Timesteps[i]}, not {timesteps[i]}");
            }
            Assert.Equal(item.GetProperty("init_noise_sigma").GetDouble(), path.InitNoiseSigma, 1e-5 * path.InitNoiseSigma);
            if (item.GetProperty("sigmas").ValueKind == JsonValueKind.Null)
                return;
            var sigmas = item.GetProperty("sigmas").EnumerateArray().Select(sigma => sigma.GetDouble()).ToList();
            Assert.Equal(sigmas.Count, path.Sigmas?.Count);
            for (var i = 0; i < sigmas.Count; i++)
                Assert.True(Math.Abs(sigmas[i] - path.Sigmas![i]) <= 1e-5 * Math.Abs(sigmas[i]),
                    $"sigma {i} is {path.Sigmas[i]}, not {sigmas[i]}");
        }

        private void CheckClose(ReadOnlySpan<float> wanted, ReadOnlySpan<float> got, string what)
        {
            var gap = item.GetProperty("float64_gap").GetDouble();
            for (var k = 0; k < wanted.Length; k++)
            {
                var (distance, allowed) = (Math.Abs(got[k] - wanted[k]), (1e-5 * Math.Max(1, Math.Abs(wanted[k]))) + (8 * gap));
                Assert.True(distance <= allowed, $"{what}: element {k} is {got[k]}, not {wanted[k]} within {allowed:g2}");
            }
        }

        private ReadOnlySpan<float> Row(float[] rows, int row) => rows.AsSpan(row * pattern.Length, pattern.Length);
    }
}
