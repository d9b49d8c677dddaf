using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Noise;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.Tests.Engine.Exports;
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
    private readonly TinyExport _export = new();

    public void Dispose() => _export.Dispose();

    [Theory]
    [InlineData(TinyOnnxBuilder.Int64, true)]
    [InlineData(TinyOnnxBuilder.Int64, false)]
    [InlineData(TinyOnnxBuilder.Int32, true)]
    [InlineData(TinyOnnxBuilder.Float, false)]
    [InlineData(TinyOnnxBuilder.Double, false)]
    public async Task PredictAsync_OneTimestepARun_GivesEachRowItsOwn(int type, bool scalar)
    {
        using var model = Load(type, scalar ? [] : [1]);
        var rows = Enumerable.Range(0, 5)
            .Select(i => new UNetRow(Noise(i, 4 * 4 * 8), 100 * (i % 3), model.Encode(model.Tokenize(i % 2 == 0 ? "a" : "b")), 0)).ToList();
        var predictions = await model.PredictAsync(rows, 4, 8, CancellationToken.None);
        for (var i = 0; i < rows.Count; i++)
        {
            var states = rows[i].States.Average();
            for (var k = 0; k < predictions[i].Length; k++)
                Assert.Equal(TinyExport.Predict(rows[i].Latent[k], states, rows[i].Timestep), predictions[i][k], 1e-4);
        }
    }

    [Fact]
    public async Task PredictAsync_DynamicTimesteps_AreFedAsOneARow()
    {
        using var model = Load(TinyOnnxBuilder.Int64, ["steps"]);
        var states = model.Unconditional;
        var predictions = await model.PredictAsync(
            [new UNetRow(new float[128], 10, states, 0), new UNetRow(new float[128], 900, states, 0)], 4, 8, CancellationToken.None);
        Assert.Equal(TinyExport.Predict(0, 0, 900 - 10), predictions[1][0] - predictions[0][0], 1e-4);
    }

    [Fact]
    public void Decode_Colour_IsAveragedToGray()
    {
        using var model = Load();
        var image = model.Decode([.. Enumerable.Repeat(0.18215f * 0.1f, 4 * 2 * 4)], 2, 4, ImageChannelNames.Gray);
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

    [Fact]
    public void Resolve_ChunksOnAGraphThatFixesItsStates_NamesTheField()
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(TinyOnnxBuilder.Int64, [], sequence: 77));
        using var model = _export.Load();
        Assert.NotNull(ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", PromptOverflow = PromptOverflow.Truncate }, [model]));
        var refusal = Assert.Throws<MeshException>(
            () => ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", PromptOverflow = PromptOverflow.Chunk }, [model]));
        Assert.Equal("spec.prompt_overflow", Assert.Single(refusal.Fields).Field);
    }

    [Theory]
    [InlineData("unet/model.onnx", "text_embeds")]
    [InlineData("unet/config.json", "sample_size must be whole numbers from 1 to 1048576.")]
    [InlineData("scheduler/scheduler_config.json", "prediction_type")]
    [InlineData("model.yaml", "defaults.scheduler")]
    public void Load_WhatIsNotSupported_NamesFileAndPart(string file, string part)
    {
        if (file == "unet/model.onnx")
            _export.Save(file, TinyExport.UNet(TinyOnnxBuilder.Int64, []).Input("text_embeds", TinyOnnxBuilder.Float, "batch", 8));
        else
            _export.Replace(file, ("\"sample_size\": 8,", "\"sample_size\": 0,"), ("epsilon", "flow"), ("ddim", "euler"));
        var exception = Assert.Throws<InvalidDataException>(_export.Load);
        Assert.Contains(file, exception.Message);
        Assert.Contains(part, exception.Message);
    }

    [Theory]
    [InlineData("unet/config.json", "\"sample_size\": 8", "\"sample_size\": \"c4nary\"",
        "sample_size must be whole numbers from 1 to 1048576, not a text.")]
    [InlineData("unet/config.json", "\"sample_size\": 8", "\"sample_size\": 8, c4nary", "is not JSON")]
    public void Load_SecretInAConfig_IsNotInTheMessage(string file, string text, string secret, string reason)
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(TinyOnnxBuilder.Int64, []));
        _export.Replace(file, (text, secret));
        var exception = Assert.Throws<InvalidDataException>(_export.Load);
        Assert.Contains(reason, exception.Message);
        Assert.DoesNotContain("c4nary", exception.Message);
    }

    private OnnxLatentDiffusionEngine Load(int timestepType = TinyOnnxBuilder.Int64, object[]? timestepShape = null)
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(timestepType, timestepShape ?? []));
        return _export.Load();
    }

    private static float[] Noise(int seed, int size)
    {
        var noise = new float[size];
        NormalNoiseGenerator.Fill((ulong)seed, 0, noise);
        return noise;
    }
}
