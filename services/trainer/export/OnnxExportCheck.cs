using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Losses;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>One input of an ONNX file: row-major values, floats or integers.</summary>
public sealed record OnnxInput(string Name, IReadOnlyList<long> Shape, float[]? Floats, long[]? Integers);

/// <summary>
/// Runs an ONNX file on another runtime and returns its outputs by name. The caller passes it in: this project references TorchSharp only.
/// </summary>
public delegate IReadOnlyDictionary<string, float[]> OnnxRunner(string path, IReadOnlyList<OnnxInput> inputs);

/// <summary>The largest difference between one output of one file and TorchSharp's.</summary>
/// <param name="File">Path from the model folder.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="Batch">Rows.</param>
/// <param name="LargestOutput">TorchSharp's largest magnitude.</param>
/// <param name="LargestDifference">Largest distance of two values.</param>
public sealed record ExportDifference(string File, string Output, int Batch, double LargestOutput, double LargestDifference)
{
    /// <summary>True if the difference is within <see cref="OnnxExportCheck.Tolerance"/> of the largest output.</summary>
    public bool Passed => LargestDifference <= OnnxExportCheck.Tolerance * LargestOutput;
}

/// <summary>
/// Compares the ONNX files of a model folder with TorchSharp: both compute with the float16 weights of the files, on the same inputs.
/// </summary>
public static class OnnxExportCheck
{
    public const double Tolerance = 1e-4;

    private static readonly int[] _batches = [1, 5];

    /// <exception cref="InvalidDataException">The folder was not written by the exporter; names the file.</exception>
    public static IReadOnlyList<ExportDifference> Run(string modelFolder, OnnxRunner runner)
    {
        ArgumentNullException.ThrowIfNull(runner);
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return ModelFolder.Open(modelFolder).Card.Kind switch
        {
            ModelKindNames.QualityJudge => CheckJudge(modelFolder, runner),
            ModelKindNames.VisionLanguage => CheckVisionLanguage(modelFolder, runner),
            _ => CheckGenerator(modelFolder, runner),
        };
    }

    private static List<ExportDifference> CheckJudge(string folder, OnnxRunner runner)
    {
        using var judge = ExportedNetworkReader.ReadJudge(folder);
        return Compare(folder, "model.onnx", runner,
            b => [("pixels", SampleNormal(b, 1, judge.Config.InputSize, judge.Config.InputSize).sigmoid())], x =>
        {
            var (logits, embedding) = judge.forward(x[0]);
            return [("logits", logits), ("embedding", embedding)];
        });
    }

    private static List<ExportDifference> CheckVisionLanguage(string folder, OnnxRunner runner)
    {
        using var model = VisionLanguageModel.Open(folder);
        var side = model.Card.Side;
        var textCard = model.Card.Text;
        return
        [
            .. Compare(folder, "image_encoder/model.onnx", runner,
                b => [("pixel_values", SampleNormal(b, 1, side, side).expand(b, 3, side, side))], x =>
            {
                var states = model.EncodeImages(x[0], regions: true);
                return [("image_embeds", PairSimilarity.L2Normalise(states.Embeddings, 1)), ("regions", states.Regions!)];
            }),
            .. Compare(folder, "text_encoder/model.onnx", runner, b =>
            {
                var tokens = TokenBatch.Pad([.. Enumerable.Range(0, b).Select(i => Sentence(model, textCard.Vocabulary, 2 + 2 * i))]);
                return [("input_ids", tokens.Ids), ("attention_mask", tokens.Mask.to_type(ScalarType.Int64))];
            },
            x =>
            {
                var tokens = TokenBatch.Pad(
                    [.. Enumerable.Range(0, (int)x[0].shape[0]).Select(i => Sentence(model, textCard.Vocabulary, 2 + 2 * i))]);
                return [("text_embeds", PairSimilarity.L2Normalise(model.EncodeTexts(tokens).Embeddings, 1))];
            }),
        ];
    }

    /// <summary>A text of <paramref name="pieces"/> word pieces, each a word of its own.</summary>
    private static WordPieceTokens Sentence(VisionLanguageModel model, int vocabulary, int pieces) => new(
        [model.Tokenizer.StartId, .. Enumerable.Range(0, pieces).Select(i => 5L + (7 * i + pieces) % (vocabulary - 5)),
            model.Tokenizer.EndId], [-1, .. Enumerable.Range(0, pieces), -1]);

    private static List<ExportDifference> CheckGenerator(string folder, OnnxRunner runner)
    {
        using var text = ExportedNetworkReader.ReadTextEncoder(Path.Combine(folder, "text_encoder"));
        using var unet = ExportedNetworkReader.ReadUNet(Path.Combine(folder, "unet"));
        using var decoder = ExportedNetworkReader.ReadVaeDecoder(Path.Combine(folder, "vae_decoder"));
        var unetConfig = unet.Config;
        var textConfig = text.Config;
        return
        [
            .. Compare(folder, "text_encoder/model.onnx", runner,
                b => [("input_ids", SampleIntegers(textConfig.VocabSize, b, textConfig.MaxPositions))],
                x => [("last_hidden_state", text.forward(x[0]))]),
            .. Compare(folder, "unet/model.onnx", runner,
                b =>
                [
                    ("sample", SampleNormal(b, unetConfig.InChannels, unetConfig.SampleSize, unetConfig.SampleSize)),
                    ("timestep", SampleIntegers(1000, b)),
                    ("encoder_hidden_states", SampleNormal(b, textConfig.MaxPositions, unetConfig.CrossAttentionDim)),
                    ("time_ids", SampleNormal(b, 1).sigmoid() * 512f),
                ],
                x => [("out_sample", unet.forward(x[0], x[1], x[2], x[3]))]),
            .. Compare(folder, "vae_decoder/model.onnx", runner,
                b => [("latent_sample", SampleNormal(b, unetConfig.InChannels, unetConfig.SampleSize, unetConfig.SampleSize))],
                x => [("sample", decoder.forward(x[0]))]),
        ];
    }

    private static List<ExportDifference> Compare(
        string folder, string file, OnnxRunner runner, Func<int, (string Name, Tensor Value)[]> sampleInputs,
        Func<Tensor[], (string Name, Tensor Value)[]> forward)
    {
        var differences = new List<ExportDifference>();
        foreach (var batch in _batches)
        {
            using var scope = NewDisposeScope();
            var inputs = sampleInputs(batch);
            var theirs = runner(Path.Combine(folder, file), [.. inputs.Select(i => ToInput(i.Name, i.Value))]);
            foreach (var (name, value) in forward([.. inputs.Select(i => i.Value)]))
            {
                var ours = TensorReader.ReadArray<float>(value);
                if (!theirs.TryGetValue(name, out var other) || other.Length != ours.Length)
                    throw new InvalidDataException($"{file}: output '{name}' is missing or not {ours.Length} values long");
                var largest = ours.Max(Math.Abs);
                differences.Add(new ExportDifference(file, name, batch, largest, ours.Zip(other, (a, b) => Distance(a, b)).Max()));
            }
        }

        return differences;
    }

    /// <summary>A value that is not a number, on either side, counts as an infinite difference.</summary>
    private static double Distance(float a, float b) => float.IsNaN(a - b) ? double.PositiveInfinity : Math.Abs((double)a - b);

    private static OnnxInput ToInput(string name, Tensor value) => value.dtype == ScalarType.Int64
        ? new OnnxInput(name, value.shape, null, TensorReader.ReadArray<long>(value))
        : new OnnxInput(name, value.shape, TensorReader.ReadArray<float>(value), null);

    private static Tensor SampleNormal(params long[] shape)
    {
        using var generator = new Generator(17);
        return TorchRandom.Normal(shape, generator);
    }

    private static Tensor SampleIntegers(int bound, params long[] shape)
    {
        using var generator = new Generator(17);
        return (TorchRandom.Uniform(shape, generator) * bound).to_type(ScalarType.Int64);
    }
}
