using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Contrastive;

/// <summary>
/// What the encoders start from: weights of torchvision or of transformers, or the image encoder of one of our models. A folder with a
/// <c>config.json</c> also says what its encoder is made of; a file must have the preset's sizes.
/// </summary>
internal sealed class InitialWeightsLoader
{
    public const string ImageField = "spec.image_weights", TextField = "spec.text_weights";

    private readonly TrainingPlan _plan;
    private readonly ResNetConfig? _image;
    private readonly BertConfig? _text;

    /// <summary>Reads the configurations, and no weights yet.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: names the file, and the key that can't be honoured.</exception>
    public InitialWeightsLoader(TrainingPlan plan)
    {
        _plan = plan;
        if (plan.ImageWeights.Length > 0 && Directory.Exists(plan.ImageWeights))
            _image = Refuse(ImageField, plan.ImageWeights, () => ResNetFolderReader.ReadConfig(plan.ImageWeights, ReadFile(ImageField)));
        if (plan.TextWeights.Length > 0)
            _text = Refuse(TextField, plan.TextWeights, () => BertFolderReader.ReadConfig(plan.TextWeights, ReadFile(TextField)));
    }

    /// <summary>The tokenizer of the text encoder; null where it is new.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a file is missing or can't be read.</exception>
    public WordPieceTokenizer? OpenTokenizer() => _plan.TextWeights.Length == 0 ? null
        : Refuse(TextField, _plan.TextWeights, () => WordPieceTokenizer.Open(_plan.TextWeights, ReadFile(TextField)));

    /// <summary>The preset's card with the sizes of what is given.</summary>
    /// <param name="tokenizer">Of the text encoder.</param>
    /// <exception cref="MeshException">INVALID_FIELD: the text encoder knows other pieces than its tokenizer, or reads too few.</exception>
    public VisionLanguageCard FitCard(VisionLanguageCard card, WordPieceTokenizer tokenizer)
    {
        var text = card.Text with { Vocabulary = tokenizer.VocabularySize };
        if (_text is { } config)
        {
            var file = _plan.Boundary.Describe(Path.Combine(_plan.TextWeights, BertFolderReader.ConfigFile));
            if (config.VocabSize != tokenizer.VocabularySize)
                throw MeshException.Invalid(TextField,
                    $"'{file}': vocab_size: is {config.VocabSize}, and vocab.txt beside it has {tokenizer.VocabularySize} pieces");
            if (config.Positions < card.Tokens)
                throw MeshException.Invalid(TextField,
                    $"'{file}': max_position_embeddings: is {config.Positions}; preset {_plan.Preset} reads {card.Tokens} tokens");
            text = EncoderSizesMapping.ToSizes(config);
        }

        return card with { Text = text, Image = _image is null ? card.Image : EncoderSizesMapping.ToSizes(_image) };
    }

    /// <summary>Fills the encoders; what is in a file and has no use here is noted.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a file can't be read, or a weight is missing, left over or has another shape; names
    /// the file and the key.</exception>
    public void Load(VisionLanguageModel model, TrainingNotes notes)
    {
        if (_plan.ImageWeights.Length > 0)
            Load(model.ImageEncoder, _plan.ImageWeights, ImageField, notes, path => _image is null
                ? ResNetFolderReader.ReadTorchvision(ReadTensors(path))
                : ResNetFolderReader.ReadWeights(path, _image, OpenFile(ImageField)));
        if (_text is not null)
            Load(model.TextEncoder, _plan.TextWeights, TextField, notes,
                path => BertFolderReader.ReadWeights(path, _text, OpenFile(TextField)));
    }

    private void Load(nn.Module encoder, string path, string field, TrainingNotes notes, Func<string, ForeignWeights> read)
    {
        using var scope = NewDisposeScope();
        var weights = Refuse(field, path, () => read(path));
        Refuse(field, path, () =>
        {
            ModuleWeights.Load(encoder, weights.Tensors);
            return true;
        });
        // What other parts of one of our own models are for is no news to anybody.
        if (weights.DescribeUnused() is { } unused && !weights.Unused.All(n => n.StartsWith("text", StringComparison.Ordinal)
            || n.StartsWith("image_head.", StringComparison.Ordinal)))
            notes.Add([$"{field[5..]} '{_plan.Boundary.Describe(path)}': {unused}"]);
    }

    private Dictionary<string, Tensor> ReadTensors(string path)
    {
        using var file = _plan.Boundary.OpenRead(path, ImageField);
        return Safetensors.Load(path, file).Tensors;
    }

    private Func<string, byte[]> ReadFile(string field) => file => _plan.Boundary.ReadAllBytes(file, field);

    private Func<string, Stream> OpenFile(string field) => file => _plan.Boundary.OpenRead(file, field);

    private T Refuse<T>(string field, string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw MeshException.Invalid(field, $"'{_plan.Boundary.Describe(path)}': {_plan.Boundary.DescribeIn(error.Message, path)}");
        }
    }
}
