using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Noise;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Onnx;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>
/// A folder laid out as a Stable Diffusion 1.x export: int32 tokens, one timestep a run, no native size, a decoder in colour that enlarges
/// by 8.
/// </summary>
public sealed class StableDiffusionExportTests : IDisposable
{
    private const float Kept = 0.25f, TextShare = 0.5f, TimeShare = 0.001f;
    private readonly string _folder = Directory.CreateTempSubdirectory("foreign").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(TinyOnnxBuilder.Int64, true)]
    [InlineData(TinyOnnxBuilder.Int64, false)]
    [InlineData(TinyOnnxBuilder.Int32, true)]
    [InlineData(TinyOnnxBuilder.Float, false)]
    [InlineData(TinyOnnxBuilder.Double, false)]
    public void Predict_OneTimestepARun_GivesEachRowItsOwn(int type, bool scalar)
    {
        using var model = Load(type, scalar ? [] : [1]);
        var rows = Enumerable.Range(0, 5)
            .Select(i => new UNetRow(Noise(i, 4 * 4 * 8), 100 * (i % 3), model.Encode(model.Tokenize(i % 2 == 0 ? "a" : "b")), 0)).ToList();
        var predictions = model.Predict(rows, 4, 8);
        for (var i = 0; i < rows.Count; i++)
        {
            var states = rows[i].States.Average();
            for (var k = 0; k < predictions[i].Length; k++)
                Assert.Equal((Kept * rows[i].Latent[k]) + (TextShare * states) + (TimeShare * rows[i].Timestep), predictions[i][k], 1e-4);
        }
    }

    [Fact]
    public void Predict_DynamicTimesteps_AreFedAsOneARow()
    {
        using var model = Load(TinyOnnxBuilder.Int64, ["steps"]);
        var states = model.Unconditional;
        var predictions = model.Predict([new UNetRow(new float[128], 10, states, 0), new UNetRow(new float[128], 900, states, 0)], 4, 8);
        Assert.Equal(0.89, predictions[1][0] - predictions[0][0], 1e-4);
    }

    [Fact]
    public void Decode_Colour_IsAveragedToGray()
    {
        using var model = Load();
        var image = model.Decode([.. Enumerable.Repeat(0.18215f * 0.1f, 4 * 2 * 4)], 2, 4);
        Assert.Equal((32, 16), (image.Width, image.Height));
        // weights 1, 2/3 and 1/3 a latent channel, thirds of them
        Assert.All(image.Pixels, shade => Assert.Equal((byte)Math.Floor(((0.1 * 4 * 2 / 3.0 / 3.0) + 1) * 127.5 + 0.5), shade));
    }

    [Fact]
    public async Task Admit_OfSeveralSteps_GivesTheSameBytesInAnyBatch()
    {
        using var model = Load();
        var specs = Enumerable.Range(0, 4)
            .Select(i => new ResolvedImageSpec(model, i % 2 == 0 ? "a" : "b b", "", 64, 32, 2 + i, 4,
                SchedulerNames.DdimAlias, (ulong)i, null)).ToList();
        var (alone, together) = (await ShippedGenerator.RenderAsync(1, specs), await ShippedGenerator.RenderAsync(4, specs));
        Assert.Equal(alone.Select(image => image.Pixels), together.Select(image => image.Pixels));
        Assert.Equal((64, 32), (alone[0].Width, alone[0].Height));
    }

    [Fact]
    public void Resolve_NativeSizeOnAModelThatKnowsNone_NamesTheField()
    {
        using var model = Load();
        Assert.Null(ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a" }, [model]).NativeSize);
        var refusal = Assert.Throws<MeshException>(
            () => ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", NativeSize = 224 }, [model]));
        Assert.Equal("spec.native_size", Assert.Single(refusal.Fields).Field);
    }

    [Theory]
    [InlineData("unet/model.onnx", "text_embeds")]
    [InlineData("unet/config.json", "sample_size")]
    [InlineData("scheduler/scheduler_config.json", "prediction_type")]
    [InlineData("model.yaml", "defaults.scheduler")]
    public void Load_WhatIsNotSupported_NamesFileAndPart(string file, string part)
    {
        Write(TinyOnnxBuilder.Int64, []);
        var path = Path.Combine(_folder, file);
        if (file == "unet/model.onnx")
            UNet(TinyOnnxBuilder.Int64, []).Input("text_embeds", TinyOnnxBuilder.Float, "batch", 8).Save(path);
        else
            File.WriteAllText(path,
                File.ReadAllText(path).Replace("\"sample_size\": 8,", "").Replace("epsilon", "flow").Replace("ddim", "euler"));
        var exception = Assert.Throws<InvalidDataException>(
            () => OnnxLatentDiffusionEngine.Load(_folder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, 1)));
        Assert.Contains(file, exception.Message);
        Assert.Contains(part, exception.Message);
    }

    private OnnxLatentDiffusionEngine Load(int timestepType = TinyOnnxBuilder.Int64, object[]? timestepShape = null)
    {
        Write(timestepType, timestepShape ?? []);
        return OnnxLatentDiffusionEngine.Load(_folder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, 1));
    }

    private static float[] Noise(int seed, int size)
    {
        var noise = new float[size];
        NormalNoiseGenerator.Fill((ulong)seed, 0, noise);
        return noise;
    }

    private static TinyOnnxBuilder UNet(int type, object[] shape) => new TinyOnnxBuilder()
        .Input("sample", TinyOnnxBuilder.Float, "batch", 4, "height", "width").Input("timestep", type, shape).Input("encoder_hidden_states",
            TinyOnnxBuilder.Float, "batch", "sequence", 1)
        .Constant("kept", [Kept]).Constant("text_share", [TextShare]).Constant("time_share", [TimeShare]).Constant("column", -1, 1, 1, 1)
        .Node("Mul", "a", ["sample", "kept"])
        .Node("ReduceMean", "mean", ["encoder_hidden_states"], ("axes", [1, 2]), ("keepdims", [1]))
        .Node("Mul", "mean_share", ["mean", "text_share"]).Node("Reshape", "b", ["mean_share", "column"])
        .Node("Cast", "time", ["timestep"], ("to", [TinyOnnxBuilder.Float])).Node("Mul", "time_part", ["time", "time_share"])
        .Node("Reshape", "c", ["time_part", "column"])
        .Node("Add", "ab", ["a", "b"]).Node("Add", "out", ["ab", "c"])
        .Output("out", TinyOnnxBuilder.Float, "batch", 4, "height", "width");

    private void Write(int timestepType, object[] timestepShape)
    {
        UNet(timestepType, timestepShape).Save(Path.Combine(_folder, "unet/model.onnx"));
        new TinyOnnxBuilder().Input("input_ids", TinyOnnxBuilder.Int32, "batch", "sequence").Constant("last", -1)
            .Node("Cast", "float", ["input_ids"], ("to", [TinyOnnxBuilder.Float])).Node("Unsqueeze", "states", ["float", "last"])
            .Output("states", TinyOnnxBuilder.Float, "batch", "sequence", 1).Save(Path.Combine(_folder, "text_encoder/model.onnx"));
        var weights = Enumerable.Range(0, 4 * 3 * 64).Select(i => (3 - (i / 64 % 3)) / 3f).ToArray();
        new TinyOnnxBuilder().Input("latent_sample", TinyOnnxBuilder.Float, "batch", 4, "height", "width")
            .Constant("weights", [.. weights.Select(w => w / 3)], 4, 3, 8, 8)
            .Node("ConvTranspose", "sample", ["latent_sample", "weights"], ("strides", [8, 8]))
            .Output("sample", TinyOnnxBuilder.Float, "batch", 3, "height_out", "width_out")
            .Save(Path.Combine(_folder, "vae_decoder/model.onnx"));
        Text("unet/config.json", """{"sample_size": 8, "in_channels": 4, "block_out_channels": [320]}""");
        Text("vae_decoder/config.json", """{"scaling_factor": 0.18215}""");
        Text("text_encoder/config.json", """{"max_position_embeddings": 77}""");
        Text("scheduler/scheduler_config.json",
            """
            {
              "_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
              "prediction_type": "epsilon", "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1, "trained_betas": null,
              "clip_sample": false
            }
            """);
        Text("tokenizer/vocab.json", """{"a</w>": 0, "b</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}""");
        Text("tokenizer/merges.txt", "#version: 0.2\n");
        Text("tokenizer/tokenizer_config.json",
            """
            {
              "bos_token": {"content": "<|startoftext|>"}, "eos_token": {"content": "<|endoftext|>"}, "pad_token": "<|endoftext|>",
              "model_max_length": 77
            }
            """);
        Text("model.yaml",
            "name: foreign\nversion: 1\nkind: latent-diffusion\nlicence: none\ndefaults: {steps: 5, guidance: 7.5, scheduler: ddim, "
                + "width: 64, height: 64}\n");
    }

    private void Text(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
