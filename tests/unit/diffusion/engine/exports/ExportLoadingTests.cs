using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Overload;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine.Exports;

/// <summary>Folders of kinds that the golden ones lack: drawn with, or refused when they are loaded by file and part.</summary>
public sealed class ExportLoadingTests : IDisposable
{
    private const int Float = TinyOnnxBuilder.Float, Int64 = TinyOnnxBuilder.Int64;
    private readonly TinyExport _export = new();

    public void Dispose() => _export.Dispose();

    [Theory]
    [InlineData(TinyOnnxBuilder.BFloat16, true)]
    [InlineData(Int64, false)]
    public async Task PredictAsync_BFloat16Graph_IsComputedInFloat32(int timestepType, bool isRaw)
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(timestepType, [], floats: TinyOnnxBuilder.BFloat16,
            addition: graph => graph.BFloat16ConstantNode("addition", [1.5f], isRaw)));
        using var model = _export.Load();
        var row = new UNetRow([.. Enumerable.Repeat(1.001f, 4)], 512, model.Unconditional, 0);
        var prediction = (await model.PredictAsync([row], 1, 1, CancellationToken.None))[0];
        Assert.Equal(1.5 + TinyExport.Predict(1.001f, model.Unconditional.Average(), 512), prediction[0], 1e-6);
    }

    [Theory]
    [InlineData(Int64, 946.99, 946)]
    [InlineData(TinyOnnxBuilder.Int32, 946.99, 946)]
    [InlineData(Float, 946.42, 946.42)]
    [InlineData(TinyOnnxBuilder.Double, 946.42, 946.42)]
    [InlineData(TinyOnnxBuilder.Float16, 946.42, 946.5)]
    public async Task PredictAsync_FractionalTimestep_IsCastAsTheGraphDeclares(int type, double asked, double got)
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(type, ["batch"]));
        using var model = _export.Load();
        var row = new UNetRow(new float[4], asked, model.Unconditional, 0);
        var prediction = (await model.PredictAsync([row], 1, 1, CancellationToken.None))[0];
        Assert.Equal(TinyExport.Predict(0, model.Unconditional.Average(), got), prediction[0], 1e-5);
    }

    [Fact]
    public async Task PredictAsync_GuidanceAsAnInput_NeedsOneRowAndTakesTheEmbedding()
    {
        const int width = 8;
        _export.Save("unet/model.onnx", TinyExport.UNet(Int64, [], addition: graph => graph.Input("timestep_cond", Float, "batch", width)
            .Constant("first", [1, 0, 0, 0, 0, 0, 0, 0], width, 1).Node("MatMul", "sine", ["timestep_cond", "first"])
            .Node("Reshape", "addition", ["sine", "column"])));
        using var model = _export.Load();
        var spec = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Guidance = 8.5 }, [model]);
        Assert.Equal(1, spec.RowsPerStep);
        var state = new RenderingState(spec, 0);
        state.Begin();
        var row = Assert.Single(state.NextRows());
        var prediction = (await model.PredictAsync([row], 8, 8, CancellationToken.None))[0];
        var rest = TinyExport.Predict(row.Latent[0], row.States.Average(), row.Timestep);
        Assert.Equal(rest + Math.Sin((8.5 - 1) * 1000), prediction[0], 1e-3);
    }

    [Fact]
    public void Compute_Embedding_IsThatOfDiffusers() // get_guidance_scale_embedding(torch.tensor(6.5), 6), worked out by its formula
    {
        var embedding = GuidanceEmbedding.Compute(guidance: 7.5, width: 7);
        double[] angles = [6500, 65, 0.65];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Math.Sin(angles[i]), embedding[i], 1e-2);
            Assert.Equal(Math.Cos(angles[i]), embedding[3 + i], 1e-2);
        }
        Assert.Equal(0, embedding[6]);
    }

    [Fact]
    public async Task Load_Transformer_DrawsBehindTheSameInterface()
    {
        _export.Remove("unet");
        _export.Save("transformer/model.onnx", TinyExport.UNet(Float, ["batch"], sample: "hidden_states"));
        _export.Write("transformer/config.json", """{"sample_size": [8, 8], "in_channels": 4, "patch_size": 2, "out_channels": null}""");
        _export.Write("scheduler/scheduler_config.json", """{"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}""");
        _export.Replace("model.yaml", ("ddim", "FlowMatchEulerDiscreteScheduler"));
        using var model = _export.Load();
        Assert.Equal((16, 128), (model.SideStep, model.MaxSide));
        var spec = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Steps = 3 }, [model]);
        var image = (await ShippedGenerator.RenderAsync(1, [spec]))[0];
        Assert.Equal((64, 64), (image.Width, image.Height));
    }

    [Fact]
    public void Load_WithoutConfigs_FindsTheStepOfTheSidesByTrial()
    {
        // Halves the latent and doubles it again: sides must be even.
        _export.Save("unet/model.onnx", TinyExport.UNet(Int64, [], addition: graph => graph.Constant("up", new float[4 * 4 * 4], 4, 4, 2, 2)
            .Node("AveragePool", "half", ["sample"], ("kernel_shape", [2, 2]), ("strides", [2, 2]))
            .Node("ConvTranspose", "addition", ["half", "up"], ("strides", [2, 2]))));
        foreach (var part in new[] { "unet", "vae_decoder", "text_encoder" })
            _export.Remove($"{part}/config.json");
        using var model = _export.Load();
        Assert.Equal((4, 8, 16, 128), (model.Channels, model.Scale, model.SideStep, model.MaxSide));
    }

    [Theory]
    [InlineData("""{"scaling_factor": 0.5, "shift_factor": null, "latents_mean": null, "force_upcast": true}""", 0.2)]
    [InlineData("""{"scaling_factor": 0.5, "shift_factor": 0.1}""", 0.3)]
    [InlineData("""{"scaling_factor": null}""", 0.1 / 0.18215)]
    public void Decode_ScalingOfTheConfig_IsUndone(string config, double latent)
    {
        _export.Write("vae_decoder/config.json", config);
        using var model = _export.Load();
        Assert.Equal(latent * 4 / 3, model.DecodeSamples([0.1f, 0.1f, 0.1f, 0.1f], 1, 1)[0], 1e-5); // 4 channels, a third of each
    }

    [Theory]
    [InlineData(8, true, "1 or 3")]
    [InlineData(8, false, "3")]
    [InlineData(12, false, "3")] // as many numbers as three colours of twice the side
    public void Load_DecoderOfOtherChannels_IsRefusedByFileAndOutput(int channels, bool isDeclared, string wanted)
    {
        _export.Save("vae_decoder/model.onnx",
            isDeclared ? TinyExport.Decoder(channels, weight: 1) : TinyExport.OpenDecoder(channels));

        var refusal = Assert.Throws<InvalidDataException>(_export.Load);

        Assert.EndsWith($"/vae_decoder/model.onnx: 'sample' has {channels} channels; it must have {wanted}.", refusal.Message);
    }

    [Fact]
    public void Decode_Rgb_KeepsTheColoursThatGrayAverages()
    {
        using var model = _export.Load();
        var latent = Enumerable.Repeat(0.18215f * 0.25f, 4).ToArray();
        var (colour, gray) = (model.Decode(latent, 1, 1, ImageChannelNames.Rgb), model.Decode(latent, 1, 1, ImageChannelNames.Gray));
        double[] decoded = [3 / 9.0, 2 / 9.0, 1 / 9.0];
        Assert.Equal(decoded.Select(x => (byte)Math.Round(((x / 2) + 0.5) * 255)), colour.Pixels[..3]);
        Assert.Equal((byte)Math.Round(((decoded.Average() / 2) + 0.5) * 255), gray.Pixels[0]);
    }

    [Theory]
    [InlineData(3, "sepia", "gray or rgb")]
    [InlineData(1, "rgb", "gray only")]
    public void Resolve_ChannelsThatCannotBe_NamesTheField(int colours, string channels, string problem)
    {
        _export.Save("vae_decoder/model.onnx", TinyExport.Decoder(colours, weight: 1));
        using var model = _export.Load();
        var refusal = Assert.Throws<MeshException>(
            () => ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Channels = channels }, [model]));
        Assert.Equal("spec.channels", Assert.Single(refusal.Fields).Field);
        Assert.Contains(problem, refusal.Message);
    }

    [Fact]
    public void Load_StableDiffusionXl_NamesTheInputs()
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(Int64, [])
            .Input("text_embeds", Float, "batch", 1280).Input("time_ids", Float, "batch", 6));
        Assert.Contains("text_embeds (Stable Diffusion XL's pooled text states), time_ids (Stable Diffusion XL's sizes)", Refusal());
        _export.Save("text_encoder_2/model.onnx", TinyExport.UNet(Int64, []));
        Assert.Contains("text_encoder_2", Refusal());
    }

    [Fact]
    public void Load_ChannelsOrWidthsThatDisagree_NameFileAndTensor()
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(Int64, [], stateWidth: 5));
        var refusal = Refusal();
        Assert.Contains("unet/model.onnx", refusal);
        Assert.Contains("'encoder_hidden_states' has 5", refusal);
        _export.Save("unet/model.onnx", TinyExport.UNet(Int64, [], channels: 9));
        Assert.Contains("in_channels of its config.json is 4", Refusal());
        _export.Replace("unet/config.json", ("\"in_channels\": 4", "\"in_channels\": 9"));
        Assert.Contains("in-painting U-Net of 9 channels", Refusal());
    }

    [Theory]
    [InlineData(float.NaN, "unet/model.onnx", "'out'")]
    [InlineData(float.PositiveInfinity, "unet/model.onnx", "'out'")]
    [InlineData(1f, "vae_decoder/model.onnx", "'sample'")]
    public void Load_TrialThatIsNotFinite_NamesFileAndOutput(float added, string file, string output)
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(Int64, [], addition: graph => graph.Constant("addition", [added])));
        if (float.IsFinite(added))
            _export.Save("vae_decoder/model.onnx", TinyExport.Decoder(colours: 3, weight: float.PositiveInfinity));
        var refusal = Refusal();
        Assert.Contains(file, refusal);
        Assert.Contains(output, refusal);
    }

    // The root of timestep - 500 is no number once the timestep is below 500.
    [Fact]
    public async Task Admit_PredictionThatIsNotFiniteLater_FailsThatImageAlone()
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(Int64, ["batch"], addition: graph => graph.Constant("late", [-500f])
            .Node("Add", "from_late", ["time", "late"]).Node("Sqrt", "root", ["from_late"])
            .Node("Reshape", "addition", ["root", "column"])));
        using var model = _export.Load();
        var fails = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Steps = 5 }, [model]);
        var works = fails with { Sampling = new() { Timesteps = [900, 700, 600] }, SchedulerName = "DPMSolverMultistepScheduler" };
        var failure = await Assert.ThrowsAsync<MeshException>(() => ShippedGenerator.RenderAsync(1, [fails]));
        Assert.Equal(ErrorReasons.ModelOutputNotFinite, failure.Reason);
        Assert.Contains("step 3 of 5, timestep 401", failure.Message);
        await Assert.ThrowsAsync<MeshException>(() => ShippedGenerator.RenderAsync(2, [fails, works]));
        var (alone, beside) = (ShippedGenerator.RenderAsync(1, [works]), RenderBesideAsync(works, fails));
        Assert.Equal((await alone)[0].Pixels, (await beside).Pixels);
    }

    [Theory]
    [InlineData("unet/model.onnx")]
    [InlineData("text_encoder/model.onnx")]
    [InlineData("vae_decoder/model.onnx")]
    public void Load_BrokenGraph_NamesTheFileInOneLine(string file)
    {
        _export.Write(file, "<html>\n404\n</html>");
        var refusal = Refusal();
        Assert.Contains(file, refusal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public void Get_TextStatesOfKnownPrompts_AreNotComputedAgain()
    {
        var asked = new List<long>();
        var cache = new TextStateCache(2, prompt => { asked.Add(prompt.Ids[0]); return [prompt.Ids[0]]; });
        foreach (var id in new long[] { 1, 2, 1, 3, 1, 2 }) // 2 leaves when 3 comes
            Assert.Equal([(float)id], cache.Get(new TokenizedPrompt([id], 1, Truncated: false)));
        Assert.Equal([1, 2, 3, 2], asked);
    }

    private string Refusal() => Assert.Throws<InvalidDataException>(() => _export.Load().Dispose()).Message;

    private static async Task<RasterImage> RenderBesideAsync(ResolvedImageSpec spec, ResolvedImageSpec other)
    {
        var options = new Overload.BatcherOptions("image") { QueueLimit = 10, MaxBatch = 2, MaxDelay = TimeSpan.FromSeconds(1) };
        await using var generator = new ImageGenerator(options, 1, new(Testkit.TestMeters.Factory), TimeProvider.System);
        var failing = generator.Admit(other, 0, new BatchRowOptions(), CancellationToken.None);
        var image = await generator.Admit(spec, 0, new BatchRowOptions(), CancellationToken.None).Image;
        await Assert.ThrowsAsync<MeshException>(() => failing.Image);
        return image;
    }
}
