using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Torch.Networks;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>
/// A BERT as transformers saves it: <c>config.json</c> and safetensors. Heads, activation and epsilon cannot be seen in weights, so the
/// configuration is obeyed in all that changes a number, or the folder is refused. Dropout is a matter of training and not read.
/// </summary>
public static class BertFolderReader
{
    public const string ConfigFile = "config.json";

    /// <summary>Reads the configuration; what it leaves out has the default of transformers' <c>BertConfig</c>.</summary>
    /// <param name="read">How a file of the folder is read.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key whose value is not computed with here.</exception>
    public static BertConfig ReadConfig(string folder, Func<string, byte[]> read)
    {
        var path = Path.Combine(folder, ConfigFile);
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: is missing; it says the number of heads, the activation and the epsilon");
        var config = JsonFileValue.Parse(path, read(path));
        Expect(config, "model_type", "bert");
        Expect(config, "position_embedding_type", "absolute");
        foreach (var key in new[] { "is_decoder", "add_cross_attention" })
        {
            if (Given(config, key) is { Flag: true } value)
                throw value.Fault("must be false: only encoders are read");
        }

        if (Given(config, "pruned_heads") is { } pruned && pruned.Members.Count > 0)
            throw pruned.Fault("must be empty: layers with fewer heads than others are not read");
        var eps = Given(config, "layer_norm_eps");
        var number = 1e-12;
        if (eps is { } given && !(PythonJson.TryGetNumber(given.Element, out number) && number is > 0 and < 1))
            throw given.Fault("must be a number above 0 and below 1");
        var activation = Given(config, "hidden_act") is { } act ? act.Text : BertActivationNames.Gelu;
        if (!BertActivationNames.All.Contains(activation))
            throw Given(config, "hidden_act")!.Value.Fault($"must be one of {string.Join(", ", BertActivationNames.All)}");
        var sizes = new BertConfig(Size(config, "vocab_size", 30522), Size(config, "hidden_size", 768),
            Size(config, "num_hidden_layers", 12), Size(config, "num_attention_heads", 12), Size(config, "intermediate_size", 3072),
            Size(config, "max_position_embeddings", 512), BertConfig.Base.Dropout)
        {
            Activation = activation,
            LayerNormEps = number,
            TokenTypes = Size(config, "type_vocab_size", 2),
        };
        return sizes.Hidden % sizes.Heads == 0 ? sizes
            : throw new InvalidDataException($"{path}: num_attention_heads: is {sizes.Heads} and must divide hidden_size, {sizes.Hidden}");
    }

    /// <summary>
    /// Reads the weights, under whichever of the names that there have been: with <c>bert.</c> and <c>module.</c> before them,
    /// <c>LayerNorm.gamma</c> and <c>beta</c>. Poolers and heads are left unused.
    /// </summary>
    /// <param name="config">As the folder says; the weights must have its sizes, or no network is made of them.</param>
    /// <param name="open">How a file of the folder is opened.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key that is wrong.</exception>
    public static ForeignWeights ReadWeights(string folder, BertConfig config, Func<string, Stream> open)
    {
        var weights = ForeignWeights.Rename(Safetensors.LoadFolder(folder, open), "bert.", Rename);
        weights.CheckShape("embeddings.word_embeddings.weight", config.VocabSize, config.Hidden);
        weights.CheckShape("embeddings.position_embeddings.weight", config.Positions, config.Hidden);
        weights.CheckShape("embeddings.token_type_embeddings.weight", config.TokenTypes, config.Hidden);
        weights.CheckShape($"encoder.layer.{config.Layers - 1}.intermediate.dense.weight", config.Intermediate, config.Hidden);
        return weights;
    }

    private static string? Rename(string name)
    {
        // The two are constants that older versions saved.
        if (name is "embeddings.position_ids" or "embeddings.token_type_ids"
            || !(name.StartsWith("embeddings.", StringComparison.Ordinal) || name.StartsWith("encoder.", StringComparison.Ordinal)))
            return null;
        const string gamma = "LayerNorm.gamma", beta = "LayerNorm.beta";
        return name.EndsWith(gamma, StringComparison.Ordinal) ? name[..^"gamma".Length] + "weight"
            : name.EndsWith(beta, StringComparison.Ordinal) ? name[..^"beta".Length] + "bias" : name;
    }

    /// <summary>A size that a configuration gives; above 0.</summary>
    internal static int Size(JsonFileValue config, string key, int absent) => Given(config, key) is not { } value ? absent
        : value.Id > 0 ? value.Id : throw value.Fault("must be above 0");

    /// <summary>A member that is there and not null.</summary>
    internal static JsonFileValue? Given(JsonFileValue config, string key) =>
        config.Member(key) is { IsNull: false } value ? value : null;

    /// <exception cref="InvalidDataException">The member is there and is another text.</exception>
    internal static void Expect(JsonFileValue config, string key, string expected)
    {
        if (Given(config, key) is { } value && value.Text != expected)
            throw value.Fault($"must be {expected}");
    }
}
