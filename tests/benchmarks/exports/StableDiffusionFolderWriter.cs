using System.Globalization;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Graphs;

namespace SynCxr.Mesh.Benchmarks.Exports;

/// <summary>
/// Writes a model folder with the structure of Stable Diffusion 1 and random weights: its images mean nothing, its speed and memory do.
/// </summary>
internal static class StableDiffusionFolderWriter
{
    private const int Vocabulary = 49_408;
    private const int LatentChannels = 4;
    private const int LayersPerBlock = 2;

    /// <param name="tokenizer">Folder with vocab.json, merges.txt and tokenizer_config.json, which are copied.</param>
    /// <returns>Weights of the U-Net.</returns>
    public static long Write(string folder, string name, StableDiffusionShape shape, params string[] tokenizer)
    {
        foreach (var file in tokenizer)
        {
            Directory.CreateDirectory(Path.Combine(folder, "tokenizer"));
            File.Copy(file, Path.Combine(folder, "tokenizer", Path.GetFileName(file)), overwrite: true);
        }
        WriteTextEncoder(Path.Combine(folder, "text_encoder"), shape);
        var weights = WriteUNet(Path.Combine(folder, "unet"), shape);
        WriteDecoder(Path.Combine(folder, "vae_decoder"), shape);
        WriteText(folder, "scheduler/scheduler_config.json", """
            {"_class_name": "PNDMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085,
             "num_train_timesteps": 1000, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1}
            """);
        WriteText(folder, "text_encoder/config.json", """{"max_position_embeddings": 77}""");
        var levels = string.Join(',', shape.UNetChannels);
        WriteText(folder, "unet/config.json", string.Create(CultureInfo.InvariantCulture,
            $$"""{"sample_size": {{shape.SampleSize}}, "in_channels": 4, "out_channels": 4, "block_out_channels": [{{levels}}]}"""));
        WriteText(folder, "vae_decoder/config.json", """{"scaling_factor": 0.18215, "block_out_channels": [1, 1, 1, 1]}""");
        var side = shape.SampleSize * 8;
        ModelCardFile.Write(Path.Combine(folder, ModelFolder.CardFile), new ModelCard
        {
            Name = name,
            Version = "1",
            Kind = ModelKindNames.LatentDiffusion,
            Licence = "random weights",
            Defaults = new GeneratorDefaults { Steps = 2, Guidance = 7.5, Scheduler = "DDIMScheduler", Width = side, Height = side },
        });
        return weights;
    }

    private static void WriteText(string folder, string file, string text) => File.WriteAllText(Path.Combine(Directory.CreateDirectory(
        Path.Combine(folder, Path.GetDirectoryName(file)!)).FullName, Path.GetFileName(file)), text);

    private static void WriteTextEncoder(string folder, StableDiffusionShape shape)
    {
        using var g = new RandomOnnxWriter(folder, shape.Type, seed: 1);
        var width = shape.TextWidth;
        var ids = g.Input("input_ids", OnnxElementType.Int64, "batch", StableDiffusionShape.Tokens);
        var x = g.Add(g.Op("Gather", [g.Weight(1, Vocabulary, width), ids]), g.Weight(1, StableDiffusionShape.Tokens, width));
        var mask = new float[StableDiffusionShape.Tokens * StableDiffusionShape.Tokens];
        for (var i = 0; i < mask.Length; i++)
            mask[i] = i % StableDiffusionShape.Tokens > i / StableDiffusionShape.Tokens ? -1e4f : 0;
        var causal = g.Values([StableDiffusionShape.Tokens, StableDiffusionShape.Tokens], mask);
        for (var layer = 0; layer < shape.TextLayers; layer++)
        {
            var normed = g.LayerNorm(x, width);
            x = g.Add(x, g.Attention(normed, normed, width, width, shape.TextHeads, causal, hasBias: true));
            x = g.Add(x, g.Linear(g.Gelu(g.Linear(g.LayerNorm(x, width), width, 4 * width)), 4 * width, width));
        }
        g.Finish("last_hidden_state", g.LayerNorm(x, width), "batch", StableDiffusionShape.Tokens, width);
    }

    private static long WriteUNet(string folder, StableDiffusionShape shape)
    {
        using var g = new RandomOnnxWriter(folder, shape.Type, seed: 2);
        var channels = shape.UNetChannels;
        int first = channels[0], embedding = 4 * first;
        var sample = g.Input("sample", shape.Type, "batch", LatentChannels, "height", "width");
        var timestep = g.Input("timestep", OnnxElementType.Int64, "batch");
        var text = g.Input("encoder_hidden_states", shape.Type, "batch", "sequence", shape.TextWidth);
        float[] frequencies = [.. Enumerable.Range(0, first / 2).Select(i => (float)Math.Exp(-Math.Log(10_000) * i / (first / 2)))];
        var angles = g.Mul(g.Op("Unsqueeze", [g.Cast(timestep), g.Integers(1)]), g.Values([first / 2], frequencies));
        var waves = g.Op("Concat", [g.Op("Cos", [angles]), g.Op("Sin", [angles])], OnnxMessageFactory.Int("axis", 1));
        var e = g.Silu(g.Linear(g.Silu(g.Linear(waves, first, embedding)), embedding, embedding));

        var x = g.Conv(sample, LatentChannels, first);
        var skips = new Stack<(string Value, int Width)>([(x, first)]);
        var width = first;
        for (var level = 0; level < channels.Count; level++)
        {
            for (var i = 0; i < LayersPerBlock; i++)
            {
                x = WriteResidual(g, x, width, channels[level], shape.Groups, e, embedding);
                width = channels[level];
                if (level < channels.Count - 1)
                    x = WriteTransformer(g, x, width, text, shape);
                skips.Push((x, width));
            }
            if (level == channels.Count - 1)
                continue;
            x = g.Conv(x, width, width, stride: 2);
            skips.Push((x, width));
        }
        x = WriteResidual(g, x, width, width, shape.Groups, e, embedding);
        x = WriteTransformer(g, x, width, text, shape);
        x = WriteResidual(g, x, width, width, shape.Groups, e, embedding);
        for (var level = channels.Count - 1; level >= 0; level--)
        {
            for (var i = 0; i <= LayersPerBlock; i++)
            {
                var (skip, skipWidth) = skips.Pop();
                x = g.Op("Concat", [x, skip], OnnxMessageFactory.Int("axis", 1));
                x = WriteResidual(g, x, width + skipWidth, channels[level], shape.Groups, e, embedding);
                width = channels[level];
                if (level < channels.Count - 1)
                    x = WriteTransformer(g, x, width, text, shape);
            }
            if (level > 0)
                x = g.Conv(g.Upsample(x), width, width);
        }
        g.Finish("out_sample", g.Conv(g.Silu(g.GroupNorm(x, width, shape.Groups)), width, LatentChannels), "batch", LatentChannels,
            "height", "width");
        return g.Weights;
    }

    private static void WriteDecoder(string folder, StableDiffusionShape shape)
    {
        using var g = new RandomOnnxWriter(folder, shape.Type, seed: 3);
        var width = shape.DecoderChannels[^1];
        var latent = g.Input("latent_sample", shape.Type, "batch", LatentChannels, "height", "width");
        var x = g.Conv(g.Conv(latent, LatentChannels, LatentChannels, kernel: 1), LatentChannels, width);
        x = WriteResidual(g, x, width, width, shape.Groups);
        var flat = g.Transpose(g.Reshape(g.GroupNorm(x, width, shape.Groups), 0, 0, -1), 0, 2, 1);
        x = g.Add(x, g.ReshapeLike(g.Transpose(g.Attention(flat, flat, width, width, 1, hasBias: true), 0, 2, 1), x));
        x = WriteResidual(g, x, width, width, shape.Groups);
        for (var level = shape.DecoderChannels.Count - 1; level >= 0; level--)
        {
            for (var i = 0; i <= LayersPerBlock; i++)
            {
                x = WriteResidual(g, x, width, shape.DecoderChannels[level], shape.Groups);
                width = shape.DecoderChannels[level];
            }
            if (level > 0)
                x = g.Conv(g.Upsample(x), width, width);
        }
        g.Finish("sample", g.Conv(g.Silu(g.GroupNorm(x, width, shape.Groups)), width, 3), "batch", 3, "height_out", "width_out");
    }

    private static string WriteResidual(RandomOnnxWriter g, string x, int inputs, int outputs, int groups, string? e = null,
        int embedding = 0)
    {
        var h = g.Conv(g.Silu(g.GroupNorm(x, inputs, groups)), inputs, outputs);
        if (e is not null)
            h = g.Add(h, g.Op("Unsqueeze", [g.Linear(e, embedding, outputs), g.Integers(2, 3)]));
        h = g.Conv(g.Silu(g.GroupNorm(h, outputs, groups)), outputs, outputs);
        return g.Add(inputs == outputs ? x : g.Conv(x, inputs, outputs, kernel: 1), h);
    }

    private static string WriteTransformer(RandomOnnxWriter g, string x, int width, string text, StableDiffusionShape shape)
    {
        var image = g.Conv(g.GroupNorm(x, width, shape.Groups), width, width, kernel: 1);
        var h = g.Transpose(g.Reshape(image, 0, 0, -1), 0, 2, 1);
        var normed = g.LayerNorm(h, width);
        h = g.Add(h, g.Attention(normed, normed, width, width, StableDiffusionShape.Heads));
        h = g.Add(h, g.Attention(g.LayerNorm(h, width), text, width, shape.TextWidth, StableDiffusionShape.Heads));
        var wide = g.LayerNorm(h, width);
        var gated = g.Mul(g.Linear(wide, width, 4 * width), g.Gelu(g.Linear(wide, width, 4 * width)));
        h = g.Add(h, g.Linear(gated, 4 * width, width));
        return g.Add(x, g.Conv(g.ReshapeLike(g.Transpose(h, 0, 2, 1), x), width, width, kernel: 1));
    }
}
