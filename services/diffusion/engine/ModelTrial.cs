using Microsoft.ML.OnnxRuntime;
using SynCxr.Mesh.Diffusion.Noise;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// What a folder's graphs do, as against what they declare: a first run of each at the smallest size that it takes. What fails or is not
/// finite is refused when the model loads, by file and output.
/// </summary>
internal static class ModelTrial
{
    private const float Guidance = 7.5f;
    private const int LargestStep = 64;

    /// <summary>Text states of the empty prompt, [tokens, width].</summary>
    /// <exception cref="InvalidDataException">The encoder fails, or its states are not as many as the tokens, or not finite.</exception>
    public static float[] EncodeEmptyPrompt(TextEncoderSession encoder, ClipTokenizer tokenizer)
    {
        var prompt = tokenizer.Tokenize("");
        if (encoder.FixedTokens is { } tokens && tokens != prompt.Ids.Length)
            throw new InvalidDataException($"{encoder.Path}: The graph takes {tokens} tokens, the tokenizer gives {prompt.Ids.Length}.");
        var states = Run(encoder.Path, $"{prompt.Ids.Length} tokens", () => encoder.Encode(prompt));
        if (states.Length == 0 || states.Length % prompt.Ids.Length != 0)
            throw new InvalidDataException($"{encoder.Path}: {prompt.Ids.Length} tokens give {states.Length} numbers, no state each.");
        RequireFinite(states, encoder.Path, "the text states");
        var last = tokenizer.Files.Vocabulary.Values.Max(); // a config may promise more ids than the graph has rows
        Run(encoder.Path, $"id {last} of the tokenizer", () => encoder.Encode(prompt with { Ids = [.. prompt.Ids[..^1], last] }));
        return states;
    }

    /// <summary>
    /// The least step that the sides of a latent can have: a U-Net of L levels joins its halved and doubled latents again, which fails
    /// for sides that are no multiples of 2^(L - 1).
    /// </summary>
    /// <exception cref="InvalidDataException">No side is taken.</exception>
    public static int FindLatentStep(OnnxLatentDiffusionEngine engine, UNetSession unet)
    {
        if (unet.FixedSide(2) is not null || unet.FixedSide(3) is not null)
            return 1;
        OnnxRuntimeException? last = null;
        for (var step = 1; step <= LargestStep; step *= 2)
        {
            try
            {
                var side = 3 * step; // odd on the level where a larger step would show
                if (engine.Predict([Row(engine, side * side, 0)], side, side)[0].Length
                    == engine.Channels * engine.OutputsPerElement * side * side)
                    return step;
            }
            catch (OnnxRuntimeException exception)
            {
                last = exception;
            }
        }
        throw new InvalidDataException(
            $"{unet.Path}: The graph takes no latent with sides of 3 to {3 * LargestStep}."
                + (last is null ? "" : " " + OnnxErrorFormatter.Format(last)), last);
    }

    /// <summary>Pixels a side for each latent element.</summary>
    /// <exception cref="InvalidDataException">The decoder fails, or enlarges by no whole number.</exception>
    public static int MeasureScale(VaeDecoderSession decoder, int channels, (int Height, int Width) latent)
    {
        var samples = Run(decoder.Path, $"a latent of {latent.Height} x {latent.Width}",
            () => decoder.Decode(new float[channels * latent.Height * latent.Width], channels, latent.Height, latent.Width));
        var elements = latent.Height * latent.Width * decoder.Colours;
        var scale = (int)Math.Round(Math.Sqrt(samples.Length / (double)elements));
        return scale > 0 && scale * scale * elements == samples.Length ? scale : throw new InvalidDataException(
            $"{decoder.Path}: A latent of {latent.Height} x {latent.Width} gives {samples.Length / decoder.Colours} pixels; the scale of a "
                + "decoder must be a whole number.");
    }

    /// <summary>Takes one guided step with the card's scheduler and decodes the estimate of the clean latent.</summary>
    /// <exception cref="InvalidDataException">A graph fails, or an output has another shape than it must, or is not finite.</exception>
    /// <returns>The decoder's samples [colours, H, W].</returns>
    public static float[] Draw(OnnxLatentDiffusionEngine engine, UNetSession unet, VaeDecoderSession decoder,
        (int Height, int Width) latent)
    {
        var (defaults, size) = (engine.Card.Defaults!, engine.Channels * latent.Height * latent.Width);
        var scheduler = engine.Schedulers.Get(defaults.Scheduler);
        if (scheduler.OutputsPerElement != engine.OutputsPerElement)
        {
            throw new InvalidDataException($"{engine.Folder.Path}/model.yaml: defaults.scheduler: {scheduler.Name} wants "
                + $"{scheduler.OutputsPerElement} outputs for each element of the latent, '{unet.OutputName}' has "
                + $"{engine.OutputsPerElement}.");
        }
        var loop = new DenoisingLoop(scheduler.SetTimesteps(defaults.Steps, SamplingOptions.None, size),
            (stream, noise) => NormalNoiseGenerator.Fill(0, (ulong)stream, noise), size);
        loop.Begin();
        var row = Row(engine, 0, loop.Path.Timestep) with { Latent = loop.NextInput() };
        var rows = engine.EmbedsGuidance ? [row] : new[] { row, row };
        var predictions = Run(unet.Path, $"latents of {latent.Height} x {latent.Width}",
            () => engine.Predict(rows, latent.Height, latent.Width));
        foreach (var prediction in predictions)
        {
            if (prediction.Length != size * engine.OutputsPerElement)
            {
                throw new InvalidDataException(
                    $"{unet.Path}: '{unet.OutputName}' has {prediction.Length} elements for a latent of {size}.");
            }
            RequireFinite(prediction, unet.Path, $"'{unet.OutputName}'");
        }
        loop.Advance(predictions[0].Zip(predictions[^1], (text, none) => none + (Guidance * (text - none))).ToArray());
        var samples = Run(decoder.Path, "the trial's latent",
            () => decoder.Decode(ToUnitDeviation(loop.Path.CleanEstimate), engine.Channels, latent.Height, latent.Width));
        RequireFinite(samples, decoder.Path, $"'{decoder.OutputName}'");
        return samples;
    }

    private static UNetRow Row(OnnxLatentDiffusionEngine engine, int elements, double timestep) =>
        new(new float[engine.Channels * elements], timestep, engine.Unconditional,
            engine.HasNativeSize ? engine.Card.Defaults!.NativeSize : 0, Guidance);

    // The first estimate of a clean latent may be far too large, and an image's latents have a deviation of 1: the scaling factor is such.
    private static float[] ToUnitDeviation(ReadOnlySpan<float> latent)
    {
        var squares = 0.0;
        foreach (var x in latent)
            squares += (double)x * x;
        var factor = 1 / Math.Max(1, Math.Sqrt(squares / latent.Length));
        var scaled = new float[latent.Length];
        for (var i = 0; i < scaled.Length; i++)
            scaled[i] = (float)(latent[i] * factor);
        return scaled;
    }

    /// <exception cref="InvalidDataException">The graph fails; names it and its input.</exception>
    public static T Run<T>(string path, string input, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidDataException($"{path}: A trial run with {input} fails: {OnnxErrorFormatter.Format(exception)}", exception);
        }
    }

    /// <exception cref="InvalidDataException">A value is NaN or infinite; names graph and output.</exception>
    public static void RequireFinite(float[] values, string path, string output)
    {
        if (Array.Exists(values, value => !float.IsFinite(value)))
            throw new InvalidDataException($"{path}: A trial run gives NaN or infinity in {output}.");
    }
}
