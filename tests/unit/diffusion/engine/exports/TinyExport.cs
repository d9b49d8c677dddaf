using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Tests.Engine.Exports;

/// <summary>
/// A folder laid out as a Stable Diffusion 1.x export, of graphs whose answers can be worked out by hand: int32 tokens, no native size, a
/// decoder in colour that enlarges by 8. Parts of it are then replaced.
/// </summary>
internal sealed class TinyExport : IDisposable
{
    private const float Kept = 0.25f, TextShare = 0.5f, TimeShare = 0.0009765625f; // all exact in bfloat16
    private readonly string _folder = Directory.CreateTempSubdirectory("tiny").FullName;

    public TinyExport()
    {
        Save("unet/model.onnx", UNet(TinyOnnxBuilder.Int64, []));
        Save("text_encoder/model.onnx", new TinyOnnxBuilder().Input("input_ids", TinyOnnxBuilder.Int32, "batch", "sequence")
            .Constant("last", -1).Node("Cast", "float", ["input_ids"], ("to", [TinyOnnxBuilder.Float]))
            .Node("Unsqueeze", "states", ["float", "last"]).Output("states", TinyOnnxBuilder.Float, "batch", "sequence", 1));
        Save("vae_decoder/model.onnx", Decoder(colours: 3, weight: 1));
        Write("unet/config.json", """{"sample_size": 8, "in_channels": 4, "block_out_channels": [320]}""");
        Write("vae_decoder/config.json", """{"scaling_factor": 0.18215}""");
        Write("text_encoder/config.json", """{"max_position_embeddings": 77}""");
        Write("scheduler/scheduler_config.json",
            """
            {
              "_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
              "prediction_type": "epsilon", "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1, "trained_betas": null,
              "clip_sample": false
            }
            """);
        Write("tokenizer/vocab.json", """{"a</w>": 0, "b</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3}""");
        Write("tokenizer/merges.txt", "#version: 0.2\n");
        Write("tokenizer/tokenizer_config.json",
            """
            {
              "bos_token": {"content": "<|startoftext|>"}, "eos_token": {"content": "<|endoftext|>"}, "pad_token": "<|endoftext|>",
              "model_max_length": 77
            }
            """);
        Write("model.yaml",
            "name: foreign\nversion: 1\nkind: latent-diffusion\nlicence: none\ndefaults: {steps: 5, guidance: 7.5, scheduler: ddim, "
                + "width: 64, height: 64}\n");
    }

    /// <summary>What the network of <see cref="UNet"/> gives for one element.</summary>
    /// <param name="states">Mean of the text states.</param>
    public static double Predict(double latent, double states, double timestep) =>
        (Kept * latent) + (TextShare * states) + (TimeShare * timestep);

    /// <param name="type">Element type of the timestep.</param>
    /// <param name="shape">Shape of the timestep.</param>
    /// <param name="sample">Name of the input with the latents.</param>
    /// <param name="floats">Element type of everything else.</param>
    /// <param name="addition">Adds what makes the tensor <c>addition</c>, which is added to the prediction; null for nothing.</param>
    public static TinyOnnxBuilder UNet(int type, object[] shape, string sample = "sample", int floats = TinyOnnxBuilder.Float,
        int channels = 4, object? sequence = null, object? stateWidth = null,
        Func<TinyOnnxBuilder, TinyOnnxBuilder>? addition = null)
    {
        var graph = new TinyOnnxBuilder().Input(sample, floats, "batch", channels, "height", "width").Input("timestep", type, shape)
            .Input("encoder_hidden_states", floats, "batch", sequence ?? "sequence", stateWidth ?? "state_width")
            .Constant("column", -1, 1, 1, 1);
        foreach (var (name, value) in new[] { ("kept", Kept), ("text_share", TextShare), ("time_share", TimeShare), ("zero", 0f) })
            _ = floats == TinyOnnxBuilder.BFloat16 ? graph.BFloat16Constant(name, [value]) : graph.Constant(name, [value]);
        graph.Node("Mul", "a", [sample, "kept"])
            .Node("ReduceMean", "mean", ["encoder_hidden_states"], ("axes", [1, 2]), ("keepdims", [1]))
            .Node("Mul", "mean_share", ["mean", "text_share"]).Node("Reshape", "b", ["mean_share", "column"])
            .Node("Cast", "time", ["timestep"], ("to", [floats])).Node("Mul", "time_part", ["time", "time_share"])
            .Node("Reshape", "c", ["time_part", "column"]).Node("Add", "ab", ["a", "b"]).Node("Add", "abc", ["ab", "c"]);
        (addition ?? (plain => plain.Node("Identity", "addition", ["zero"])))(graph);
        return graph.Node("Add", "out", ["abc", "addition"]).Output("out", floats, "batch", channels, "height", "width");
    }

    /// <summary>A decoder whose colours are 1, 2/3 and 1/3 of the mean latent channel, times <paramref name="weight"/>.</summary>
    public static TinyOnnxBuilder Decoder(int colours, float weight) => new TinyOnnxBuilder()
        .Input("latent_sample", TinyOnnxBuilder.Float, "batch", 4, "height", "width")
        .Constant("weights",
            [.. Enumerable.Range(0, 4 * colours * 64).Select(i => weight * (3 - (i / 64 % colours)) / 9f)], 4, colours, 8, 8)
        .Node("ConvTranspose", "sample", ["latent_sample", "weights"], ("strides", [8, 8]))
        .Output("sample", TinyOnnxBuilder.Float, "batch", colours, "height_out", "width_out");

    /// <summary>A decoder whose number of channels shows only when it is run.</summary>
    public static TinyOnnxBuilder OpenDecoder(int colours) => new TinyOnnxBuilder()
        .Input("latent_sample", TinyOnnxBuilder.Float, "batch", 4, "height", "width")
        .Constant("weights", new float[4 * 8 * 8], 4, 1, 8, 8)
        .Node("ConvTranspose", "gray", ["latent_sample", "weights"], ("strides", [8, 8]))
        .Constant("first", 0).Constant("one", 1).Constant("colours", colours)
        .Node("Shape", "shape", ["latent_sample"]).Node("Gather", "rows", ["shape", "first"]) // 1 here, which nobody knows before
        .Node("Mul", "times", ["rows", "colours"]).Node("Concat", "repeats", ["one", "times", "one", "one"], ("axis", [0]))
        .Node("Tile", "sample", ["gray", "repeats"])
        .Output("sample", TinyOnnxBuilder.Float, "batch", "channels", "height_out", "width_out");

    /// <summary>
    /// An encoder to three latent channels, each the mean of a colour over 8 x 8 pixels, and a fourth of 0; <see cref="PlainDecoder"/>
    /// undoes it for an image of 8 x 8 squares.
    /// </summary>
    /// <param name="channels">8 for mean and log-variance, which is 5 times the mean; 4 for a latent.</param>
    /// <param name="addition">Makes the tensor <c>addition</c>, which is added to the output; null for nothing.</param>
    public static TinyOnnxBuilder Encoder(string output = "latent_parameters", int channels = 8,
        Func<TinyOnnxBuilder, TinyOnnxBuilder>? addition = null, object? height = null)
    {
        var weights = Enumerable.Range(0, channels * 3 * 64).Select(i => (From: i / 64 % 3, To: i / 192))
            .Select(pair => pair.From == pair.To % 4 ? (pair.To < 4 ? 1 : 5) / 64f : 0);
        var graph = new TinyOnnxBuilder().Input("sample", TinyOnnxBuilder.Float, "batch", 3, height ?? "height", "width")
            .Constant("weights", [.. weights], channels, 3, 8, 8).Constant("zero", [0f])
            .Node("Conv", "means", ["sample", "weights"], ("strides", [8, 8]));
        (addition ?? (plain => plain.Node("Identity", "addition", ["zero"])))(graph);
        return graph.Node("Add", output, ["means", "addition"])
            .Output(output, TinyOnnxBuilder.Float, "batch", channels, "height_out", "width_out");
    }

    /// <summary>A decoder whose colours are the first three latent channels, each element a square of 8 x 8 pixels.</summary>
    public static TinyOnnxBuilder PlainDecoder(object? channels = null) => new TinyOnnxBuilder()
        .Input("latent_sample", TinyOnnxBuilder.Float, "batch", channels ?? 4, "height", "width")
        .Constant("weights", [.. Enumerable.Range(0, 4 * 3 * 64).Select(i => i / 64 % 3 == i / 192 ? 1f : 0f)], 4, 3, 8, 8)
        .Node("ConvTranspose", "sample", ["latent_sample", "weights"], ("strides", [8, 8]))
        .Output("sample", TinyOnnxBuilder.Float, "batch", 3, "height_out", "width_out");

    /// <summary>Gives the folder <see cref="Encoder"/> and <see cref="PlainDecoder"/>.</summary>
    public TinyExport AddAutoencoder()
    {
        Save("vae_encoder/model.onnx", Encoder());
        Save("vae_decoder/model.onnx", PlainDecoder());
        Write("vae_encoder/config.json", """{"scaling_factor": 0.18215, "in_channels": 3}""");
        return this;
    }

    /// <summary>Path of the model folder.</summary>
    public string Folder => _folder;

    public OnnxLatentDiffusionEngine Load() =>
        OnnxLatentDiffusionEngine.Load(_folder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, Threads: 1));

    public void Save(string file, TinyOnnxBuilder graph) => graph.Save(Path.Combine(_folder, file));

    public void Write(string file, string text)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Replace(string file, params (string Old, string New)[] replacements)
    {
        var text = File.ReadAllText(Path.Combine(_folder, file));
        Write(file, replacements.Aggregate(text, (changed, pair) => changed.Replace(pair.Old, pair.New)));
    }

    /// <summary>Takes a file or a folder out.</summary>
    public void Remove(string part)
    {
        var path = Path.Combine(_folder, part);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
