using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine.Exports;

/// <summary>Encoders of images: taken, refused when the model is loaded by file and part, or refused when a spec has an image.</summary>
public sealed class EncoderLoadingTests : IDisposable
{
    private readonly TinyExport _export = new TinyExport().AddAutoencoder();

    public void Dispose() => _export.Dispose();

    [Theory]
    [InlineData("latent_parameters", 8)]
    [InlineData("latent_sample", 4)]
    [InlineData("mean_and_more", 8)]
    public void EncodeImage_OutputsOfTheExporters_GiveTheMeanInTheUNetsScale(string output, int channels)
    {
        _export.Save("vae_encoder/model.onnx", TinyExport.Encoder(output, channels));
        using var model = _export.Load();
        var latent = model.EncodeImage(new Imaging.RasterImage(16, 8, 1, [.. Enumerable.Repeat((byte)51, 128)]));
        var shade = ((51 / 255f * 2) - 1) * 0.18215f;
        Assert.Equal([shade, shade, shade, shade, shade, shade, 0, 0], latent, (wanted, got) => Math.Abs(wanted - got) < 1e-6);
    }

    [Fact]
    public void EncodeImage_ShiftOfTheConfigs_IsUndoneByTheDecoder()
    {
        _export.Write("vae_decoder/config.json", """{"scaling_factor": 0.5, "shift_factor": 0.25}""");
        _export.Write("vae_encoder/config.json", """{"scaling_factor": 0.5, "shift_factor": 0.25}""");
        using var model = _export.Load();
        var latent = model.EncodeImage(new Imaging.RasterImage(8, 8, 1, [.. Enumerable.Repeat((byte)255, 64)]));
        Assert.Equal(0.375f, latent[0]);
        Assert.Equal(1, model.DecodeSamples(latent, 1, 1)[0], 1e-6);
    }

    [Fact]
    public void Resolve_ModelWithoutEncoder_NamesModelAndField()
    {
        _export.Remove("vae_encoder");
        using var model = _export.Load();
        Assert.Contains("The model 'foreign' has no vae_encoder", RefusedImage(model));
    }

    [Fact]
    public void Resolve_EncoderThatDrawsItsOwnNoise_NamesModelAndField()
    {
        _export.Save("vae_encoder/model.onnx", TinyExport.Encoder("latent_sample", 4,
            graph => graph.Node("RandomNormalLike", "addition", ["means"])));
        using var model = _export.Load();
        Assert.Contains("draws noise of its own in 'latent_sample'", RefusedImage(model));
    }

    [Fact]
    public void Resolve_EncoderOfAnotherSize_NamesModelAndField()
    {
        _export.Save("vae_encoder/model.onnx", TinyExport.Encoder(height: 32));
        using var model = _export.Load();
        Assert.Contains("takes images of 64 x 32 pixels only", RefusedImage(model));
        Assert.NotNull(ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Height = 32, Image = new() }, [model]));
    }

    [Theory]
    [InlineData("vae_encoder/model.onnx", "'latent_parameters' has 5 elements for an image of 8 x 8; a latent has 4")]
    [InlineData("vae_encoder/model.onnx", "scaling_factor of its config.json is 0.13025, the decoder's is 0.18215")]
    [InlineData("vae_encoder/model.onnx", "NaN or infinity in 'latent_parameters'")]
    [InlineData("vae_encoder/model.onnx", "is missing")]
    [InlineData("vae_encoder/model.onnx", "has inputs that the engine has nothing for: seed")]
    public void Load_EncoderThatDoesNotFit_NamesFileAndPart(string file, string problem)
    {
        if (problem.Contains("elements", StringComparison.Ordinal))
            _export.Save(file, TinyExport.Encoder(channels: 5));
        else if (problem.Contains("scaling", StringComparison.Ordinal))
            _export.Write("vae_encoder/config.json", """{"scaling_factor": 0.13025}""");
        else if (problem.Contains("NaN", StringComparison.Ordinal))
            _export.Save(file, TinyExport.Encoder(addition: graph => graph.Constant("addition", [float.NaN])));
        else if (problem.Contains("missing", StringComparison.Ordinal))
            _export.Remove(file);
        else
            _export.Save(file, TinyExport.Encoder().Input("seed", TinyOnnxBuilder.Float, 1));
        var refusal = Assert.Throws<InvalidDataException>(() => _export.Load().Dispose()).Message;
        Assert.Contains(file, refusal);
        Assert.Contains(problem, refusal);
    }

    [Fact]
    public void Load_InpaintingUNetBesideADecoderThatDeclaresNoChannels_IsRefusedByName()
    {
        _export.Save("unet/model.onnx", TinyExport.UNet(TinyOnnxBuilder.Int64, [], channels: 9));
        _export.Remove("unet/config.json");
        _export.Save("vae_decoder/model.onnx", TinyExport.PlainDecoder(channels: "channels"));
        Assert.Contains("in-painting U-Net of 9 channels", Assert.Throws<InvalidDataException>(() => _export.Load().Dispose()).Message);
    }

    // The root of a mean above -1/2: of black, -1, it is no number.
    [Fact]
    public async Task Admit_LatentThatIsNotFinite_FailsThatImageAlone()
    {
        _export.Save("vae_encoder/model.onnx", TinyExport.Encoder(addition: graph => graph.Constant("half", [0.5f])
            .Node("Add", "above", ["means", "half"]).Node("Sqrt", "addition", ["above"])));
        using var model = _export.Load();
        var spec = ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Image = new() }, [model]);
        var black = new Imaging.RasterImage(64, 64, 1, new byte[64 * 64]);
        var fails = spec with { Start = new StartImage(() => model.EncodeImage(black), null) };
        var works = spec with { Strength = null };
        var options = new BatcherOptions("image") { MaxBatch = 2, MaxDelay = TimeSpan.FromSeconds(1) };
        await using var generator = new ImageGenerator(options, 1, new(TestMeters.Factory), TimeProvider.System);
        var failing = generator.Admit(fails, 0, new BatchRowOptions(), CancellationToken.None);
        Assert.Equal((await ShippedGenerator.RenderAsync(1, [works]))[0].Pixels,
            (await generator.Admit(works, 0, new BatchRowOptions(), CancellationToken.None).Image).Pixels);
        var failure = await Assert.ThrowsAsync<MeshException>(() => failing.Image);
        Assert.Equal(ErrorReasons.ModelOutputNotFinite, failure.Reason);
        Assert.Contains("'latent_parameters' of foreign's encoder", failure.Message);
    }

    private static string RefusedImage(Diffusion.Engine.OnnxLatentDiffusionEngine model)
    {
        Assert.False(DiffusionMapping.ToDescription(model).ImageLimits.TakesImage);
        var refusal = Assert.Throws<MeshException>(
            () => ImageSpecResolver.Resolve(new ImageSpec { Prompt = "a", Image = new() }, [model]));
        Assert.Equal(ErrorReasons.InvalidField, refusal.Reason);
        Assert.Equal("spec.image", Assert.Single(refusal.Fields).Field);
        return refusal.Message;
    }
}
