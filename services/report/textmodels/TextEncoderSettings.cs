using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Report.TextModels;

/// <summary>How a vector is made of the states of a text's tokens.</summary>
/// <param name="Pooling">One of <see cref="TextPoolingNames"/>.</param>
/// <param name="Normalize">True where it is divided by its length.</param>
/// <param name="MaxTokens">Most tokens of a text, special ones included; null where only the tokenizer and the graph set a limit.</param>
internal sealed record TextEncoderSettings(string Pooling, bool Normalize, int? MaxTokens)
{
    private const string ModulesFile = "modules.json", SentenceFile = "sentence_bert_config.json", ConfigFile = "config.json";
    private const string TypePrefix = "sentence_transformers.models.";

    private static readonly Dictionary<string, string> _poolingKeys = new()
    {
        ["pooling_mode_cls_token"] = TextPoolingNames.Cls,
        ["pooling_mode_mean_tokens"] = TextPoolingNames.Mean,
    };

    /// <summary>
    /// Reads <c>modules.json</c> and what it names, as sentence-transformers writes it; where that is absent, the card must say.
    /// </summary>
    /// <param name="card">The card's section; null where it has none.</param>
    /// <exception cref="InvalidDataException">Names the file and the key that is missing or can't be run.</exception>
    public static TextEncoderSettings Read(string folder, TextEncoderCard? card)
    {
        var file = Path.Combine(folder, ModulesFile);
        if (!File.Exists(file))
        {
            return card is null
                ? throw new InvalidDataException($"{file}: is missing, and model.yaml has no text_encoder; one of them must say how a "
                    + "vector is made (`syncxr model add FOLDER --pooling cls`)")
                : new TextEncoderSettings(card.Pooling, card.Normalize, card.MaxTokens == 0 ? null : card.MaxTokens);
        }
        if (card is not null)
            throw new InvalidDataException(
                $"{folder}/model.yaml: text_encoder: must be left out where there is a {ModulesFile}, which says it");
        return ReadModules(folder, file);
    }

    private static TextEncoderSettings ReadModules(string folder, string file)
    {
        var modules = JsonFileValue.ReadList(file);
        if (modules.Count == 0 || TypeOf(modules[0]) != "Transformer" || modules[0].RequireMember("path").Text.Length > 0)
            throw new InvalidDataException($"{file}: [0]: must be a Transformer whose path is empty");
        string? pooling = null;
        var normalizes = false;
        foreach (var module in modules.Skip(1))
        {
            switch (TypeOf(module))
            {
                case "Pooling" when pooling is null && !normalizes:
                    pooling = ReadPooling(Path.Combine(folder, module.RequireMember("path").Text, ConfigFile));
                    break;
                case "Normalize" when pooling is not null:
                    normalizes = true;
                    break;
                default:
                    throw module.RequireMember("type")
                        .Fault("can't be run at its place; Transformer, Pooling, Normalize in this order can");
            }
        }
        return new TextEncoderSettings(pooling ?? throw new InvalidDataException($"{file}: holds no Pooling"), normalizes,
            ReadMaxTokens(Path.Combine(folder, SentenceFile)));
    }

    private static string TypeOf(JsonFileValue module)
    {
        var type = module.RequireMember("type").Text;
        return type.StartsWith(TypePrefix, StringComparison.Ordinal) ? type[TypePrefix.Length..] : type;
    }

    private static string ReadPooling(string path)
    {
        var config = JsonFileValue.Find(path) ?? throw new InvalidDataException($"{path}: is missing");
        if (config.Member("include_prompt") is { IsNull: false } prompt && !prompt.Flag)
            throw prompt.Fault("is false; only true is known");
        var modes = config.Members.Where(member => member.Key.StartsWith("pooling_mode_", StringComparison.Ordinal) && member.Value.Flag)
            .Select(member => member.Value).ToList();
        if (modes.Count != 1)
            throw config.Fault($"must have one pooling_mode_… that is true, and has {modes.Count}");
        return _poolingKeys.GetValueOrDefault(modes[0].Key)
            ?? throw modes[0].Fault($"is a pooling that can't be run; {string.Join(" and ", _poolingKeys.Keys)} can");
    }

    private static int? ReadMaxTokens(string path)
    {
        if (JsonFileValue.Find(path) is not { } config)
            return null;
        if (config.Member("do_lower_case") is { IsNull: false } lower && lower.Flag)
            throw lower.Fault("is true; only the tokenizer's own do_lower_case can be obeyed");
        return config.Member("max_seq_length") is { IsNull: false } most
            ? most.Id >= 3 ? most.Id : throw most.Fault("must be 3 or more") : null;
    }
}
