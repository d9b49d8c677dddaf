using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine.Exports;

/// <summary>A golden case: rendered by the generator from the file's noise, then held against what the exporter's pipeline drew.</summary>
/// <param name="item">A line of <c>cases.jsonl</c>.</param>
/// <param name="answers">The folder of the golden answers.</param>
internal sealed class ExportedCase(GoldenFolder goldens, ExportedPipeline pipeline, JsonElement item, string answers)
{
    private readonly ExportTolerance _tolerance = ExportTolerance.For(pipeline.Name);

    /// <summary>Renders and compares.</summary>
    /// <param name="asExported">
    /// False where another export of the same model draws: then only latents and images are compared, not how its U-Net was called.
    /// </param>
    public async Task CheckAsync(OnnxLatentDiffusionEngine engine, bool asExported)
    {
        var known = TensorFile.ReadSafetensors(goldens.Resolve($"goldens/{answers}/{item.GetProperty("tensors").GetString()}"));
        var steps = new List<float[]>();
        var states = new List<RenderingState>();
        var recording = new RecordingEngine(pipeline, engine, ReadSchedulerConfig().ToJsonString(),
            () => states.ForEach(state => steps.Add(state.Latent.ToArray())));
        var prompts = ReadTexts("prompt");
        var negatives = ReadTexts("negative_prompt");
        for (var i = 0; i < prompts.Count; i++)
        {
            var spec = ToSpec(recording, prompts[i], negatives.ElementAtOrDefault(i) ?? "");
            states.Add(new RenderingState(spec, previewEvery: 0, ReadNoise(i)));
        }
        if (asExported)
            CheckPath(states[0].Spec);

        var images = await RenderAsync(states);

        if (asExported)
            CheckCalls(recording, known, engine, states.Count);
        states.ForEach(state => steps.Add(state.Latent.ToArray()));
        var latents = steps.Skip(states.Count).ToList(); // without the start
        CheckLatents(known["latents_steps"], latents, "latents_steps");
        CheckLatents(known["latents_final"], latents[^states.Count..], "latents_final");
        for (var i = 0; i < images.Length; i++)
            CheckImage(images[i], i);
        if (known.TryGetValue("decoded", out var decoded))
            CheckGray(engine.Decode(states[0].Latent, Height / engine.Scale, Width / engine.Scale, ImageChannelNames.Gray), decoded);
    }

    private int Height => item.TryGetProperty("height", out var height) ? height.GetInt32() : 64;

    private int Width => item.TryGetProperty("width", out var width) ? width.GetInt32() : 64;

    private static async Task<RasterImage[]> RenderAsync(List<RenderingState> states)
    {
        var options = new BatcherOptions("image") { QueueLimit = 100, MaxBatch = states.Count, MaxDelay = TimeSpan.FromSeconds(1) };
        await using var generator = new ImageGenerator(options, decodes: 1, new BatcherMetrics(TestMeters.Factory), TimeProvider.System);
        return await Task.WhenAll(
            states.Select(state => generator.Admit(state, new BatchRowOptions(), CancellationToken.None).Image).ToList());
    }

    private JsonObject ReadSchedulerConfig()
    {
        var config = pipeline.SchedulerConfig.DeepClone().AsObject();
        foreach (var changed in item.GetProperty("scheduler").GetProperty("changed").EnumerateObject())
            config[changed.Name] = JsonNode.Parse(changed.Value.GetRawText());
        return config;
    }

    private ResolvedImageSpec ToSpec(IDiffusionEngine model, string prompt, string negative) =>
        new(model, prompt, negative, Width, Height,
            item.GetProperty("num_inference_steps").GetInt32(), item.GetProperty("guidance_scale").GetDouble(),
            item.GetProperty("scheduler").GetProperty("class").GetString()!, Seed: 0, NativeSize: null)
        {
            Channels = ImageChannelNames.Rgb,
            Sampling = new SamplingOptions { Eta = ReadNumber("eta") },
            GuidanceRescale = ReadNumber("guidance_rescale"),
        };

    private List<string> ReadTexts(string key) =>
        !item.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(text => text.GetString()!)] : [value.GetString()!];

    private double? ReadNumber(string key) => item.TryGetProperty(key, out var value) ? value.GetDouble() : null;

    private NoiseSource ReadNoise(int prompt)
    {
        var starts = TensorFile.ReadNumpy(goldens.Resolve($"inputs/{item.GetProperty("latents").GetString()}.npy"));
        var draws = item.TryGetProperty("noises", out var noises)
            ? TensorFile.ReadNumpy(goldens.Resolve($"inputs/{noises.GetString()}.npy")) : [];
        var (index, drawn) = ((int)(ReadNumber("latents_index") ?? 0), 0);
        return (stream, target) =>
        {
            if (stream > 0)
            {
                draws.AsSpan(drawn++ * target.Length, target.Length).CopyTo(target);
                return;
            }
            starts.AsSpan(index * target.Length, target.Length).CopyTo(target);
            for (var i = 0; prompt == 1 && i < target.Length; i++)
                target[i] = -target[i];
        };
    }

    private void CheckPath(ResolvedImageSpec spec)
    {
        var path = spec.Scheduler.SetTimesteps(spec.Steps, spec.Sampling, spec.LatentSize);
        Assert.Equal(item.GetProperty("unet_calls").GetInt32(), path.Timesteps.Count);
        var timesteps = item.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble()).ToList();
        for (var i = 0; i < timesteps.Count; i++)
            Assert.True(Math.Abs(timesteps[i] - path.Timesteps[i]) <= 1e-4, $"timestep {i} is {path.Timesteps[i]}, not {timesteps[i]}");
        var sigma = item.GetProperty("init_noise_sigma").GetDouble();
        Assert.Equal(sigma, path.InitNoiseSigma, 1e-5 * sigma);
        if (item.GetProperty("sigmas").ValueKind != JsonValueKind.Array)
            return;
        Assert.NotNull(path.Sigmas);
        var sigmas = item.GetProperty("sigmas").EnumerateArray().Select(value => value.GetDouble()).ToList();
        for (var i = 0; i < sigmas.Count; i++)
            Assert.True(Math.Abs(sigmas[i] - path.Sigmas[i]) <= 1e-5 * Math.Abs(sigmas[i]), $"sigma {i} is {path.Sigmas[i]}");
    }

    private void CheckCalls(RecordingEngine recording, IReadOnlyDictionary<string, float[]> known, OnnxLatentDiffusionEngine engine,
        int images)
    {
        Assert.Equal(item.GetProperty("timestep_dtype").GetString(), TensorCast.NameOf(engine.Timestep.ElementType));
        Assert.Equal(item.GetProperty("timestep_shape").GetArrayLength(), engine.Timestep.Dimensions.Count);
        Assert.Equal(item.GetProperty("unet_calls").GetInt32(), recording.Calls.Count);
        var (rows, predictions) = recording.Calls[0];
        Assert.Equal(item.GetProperty("unet_batch").GetInt32(), rows.Count);
        // The exporter's batch: all negative rows, then all prompts. Ours: an image's prompt, then its negative.
        var perImage = rows.Count / images;
        int[] order = [.. Enumerable.Range(0, perImage).Reverse()
            .SelectMany(part => Enumerable.Range(0, images).Select(image => (image * perImage) + part))];
        Compare(known["unet_first_sample"], [.. order.SelectMany(row => rows[row].Latent)], _tolerance.UNet, "unet_first_sample");
        Compare(known["unet_first"], [.. order.SelectMany(row => predictions[row])], _tolerance.UNet, "unet_first");
    }

    private void CheckLatents(float[] wanted, List<float[]> got, string what)
    {
        Assert.Equal(wanted.Length, got.Sum(latent => latent.Length));
        for (var i = 0; i < got.Count; i++)
        {
            var part = wanted.AsSpan(i * got[i].Length, got[i].Length).ToArray();
            Compare(part, got[i], _tolerance.Latent(part), $"{what} {i}");
        }
    }

    private static void Compare(float[] wanted, float[] got, double allowed, string what)
    {
        Assert.Equal(wanted.Length, got.Length);
        var worst = Enumerable.Range(0, wanted.Length).MaxBy(i => Math.Abs(wanted[i] - got[i]));
        Assert.True(Math.Abs(wanted[worst] - got[worst]) <= allowed,
            $"{what}: element {worst} is {got[worst]}, not {wanted[worst]} within {allowed:g2}");
    }

    private void CheckImage(RasterImage image, int index)
    {
        var name = $"{item.GetProperty("name").GetString()}{(index == 0 ? "" : $"-{index}")}.png";
        var wanted = ImageCodec.Decode(File.ReadAllBytes(goldens.Resolve($"goldens/{answers}/{name}")), name);
        Assert.Equal((wanted.Width, wanted.Height, wanted.Channels), (image.Width, image.Height, image.Channels));
        _tolerance.CheckBytes(wanted.Pixels, image.Pixels, name);
    }

    // The mean of the decoded colours, before anything is rounded.
    private void CheckGray(RasterImage image, float[] decoded)
    {
        var size = decoded.Length / 3;
        var wanted = Enumerable.Range(0, size)
            .Select(i => PixelRounding.ToByte((decoded[i] + decoded[size + i] + decoded[(2 * size) + i]) / 3)).ToArray();
        _tolerance.CheckBytes(wanted, image.Pixels, "the gray image");
    }
}

/// <summary>How far a case may be from its golden answer: the tolerances of the folder's SOURCE.md.</summary>
/// <param name="States">Of text states.</param>
/// <param name="UNet">Of a prediction.</param>
/// <param name="LatentShare">Of a latent, in its standard deviations.</param>
/// <param name="LeastLatent">Of a latent whose deviation is small.</param>
/// <param name="Bytes">Of a byte.</param>
/// <param name="ByteShare">The share of bytes that may differ.</param>
internal sealed record ExportTolerance(double States, double UNet, double LatentShare, double LeastLatent, int Bytes, double ByteShare)
{
    public static ExportTolerance For(string pipeline) => pipeline.Contains("fp16", StringComparison.Ordinal)
        ? new(States: 0.01, UNet: 0.02, LatentShare: 0.02, LeastLatent: 0, Bytes: 4, ByteShare: 1)
        : new(States: 1e-5, UNet: 1e-4, LatentShare: 1e-4, LeastLatent: 2e-4, Bytes: 1, ByteShare: 0.005);

    public double Latent(float[] wanted)
    {
        var mean = wanted.Average();
        var deviation = Math.Sqrt(wanted.Sum(x => Math.Pow(x - mean, 2)) / (wanted.Length - 1));
        return Math.Max(LeastLatent, LatentShare * deviation);
    }

    public void CheckBytes(byte[] wanted, byte[] got, string what)
    {
        Assert.Equal(wanted.Length, got.Length);
        var distances = wanted.Zip(got, (a, b) => Math.Abs(a - b)).ToList();
        Assert.True(distances.Max() <= Bytes, $"{what}: a byte is off by {distances.Max()}, {Bytes} is allowed");
        var differing = distances.Count(distance => distance > 0);
        Assert.True(differing <= ByteShare * wanted.Length, $"{what}: {differing} of {wanted.Length} bytes differ");
    }
}
