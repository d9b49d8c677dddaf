using System.Globalization;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace SynCxr.Mesh.Models;

/// <summary>Reads, checks and writes <c>model.yaml</c>.</summary>
public static partial class ModelCardFile
{
    /// <summary>Reads and checks a card.</summary>
    /// <exception cref="InvalidDataException">Names the file and the key, or the line.</exception>
    public static ModelCard Read(string path)
    {
        ModelCard card;
        try
        {
            var yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
                .WithTypeMapping<IReadOnlyList<string>, List<string>>()
                .WithTypeMapping<IReadOnlyList<TrainingSource>, List<TrainingSource>>()
                .WithTypeMapping<IReadOnlyList<GeneratorSource>, List<GeneratorSource>>()
                .WithTypeMapping<IReadOnlyList<JudgeHead>, List<JudgeHead>>()
                .WithTypeMapping<IReadOnlyList<int>, List<int>>()
                .WithTypeMapping<IReadOnlyDictionary<string, double>, Dictionary<string, double>>()
                .Build();
            card = yaml.Deserialize<ModelCard?>(File.ReadAllText(path)) ?? throw new InvalidDataException($"{path}: is empty");
        }
        catch (YamlException e)
        {
            var problem = UnknownKey().Match(e.InnerException?.Message ?? e.Message) is { Success: true } match
                ? $"a model card has no key '{EchoedText.Shorten(match.Groups[1].Value)}'" : "must be a key with a value of its type";
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{path}: line {e.Start.Line}, column {e.Start.Column}: {problem}"), e);
        }

        Check(card, path);
        return card;
    }

    /// <summary>Checks and writes a card; what is empty is left out.</summary>
    public static void Write(string path, ModelCard card)
    {
        Check(card, path);
        var yaml = new SerializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
            .DisableAliases()
            .Build();
        File.WriteAllText(path, yaml.Serialize(card));
    }

    private static void Check(ModelCard card, string path)
    {
        Require(card.Name.Length is > 0 and <= 64 && card.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'), path,
            "name", "must be 1 to 64 letters, digits, '-', '.' or '_'");
        Require(card.Version.Length > 0, path, "version", "is missing");
        Require(card.Licence.Length > 0, path, "licence", "is missing");
        switch (card.Kind)
        {
            case ModelKindNames.LatentDiffusion:
                CheckGenerator(card, path);
                break;
            case ModelKindNames.QualityJudge:
                CheckJudge(card.Judge, path);
                break;
            case ModelKindNames.VisionLanguage:
                CheckVisionLanguage(card.VisionLanguage, path);
                break;
            case ModelKindNames.EntityCheck:
            case ModelKindNames.ReportWriter:
                break; // its own files say all
            case ModelKindNames.TextEncoder:
                CheckTextEncoder(card.TextEncoder, path);
                break;
            case ModelKindNames.ImageEncoder:
                CheckImageEncoder(card.ImageEncoder, path);
                break;
            default:
                throw Problem(path, "kind", $"must be one of {string.Join(", ", ModelKindNames.All)}");
        }
    }

    private static void CheckGenerator(ModelCard card, string path)
    {
        var defaults = card.Defaults ?? throw Problem(path, "defaults", "is missing");
        Require(defaults.Steps > 0, path, "defaults.steps", "must be above 0");
        Require(double.IsFinite(defaults.Guidance), path, "defaults.guidance", "must be a number");
        Require(defaults.Scheduler.Length > 0, path, "defaults.scheduler", "is missing");
        Require(defaults.Width > 0 && defaults.Height > 0, path, "defaults.width", "width and height must be above 0");
        for (var i = 0; i < card.Sources.Count; i++)
            Require(card.Sources[i].Name.Length > 0 && card.Sources[i].NativeSize > 0, path, $"sources[{i}]",
                "wants a name and a native_size above 0");
    }

    private static void CheckJudge(JudgeCard? card, string path)
    {
        var judge = card ?? throw Problem(path, "judge", "is missing");
        Require(judge.InputSize is > 0 and <= 4096, path, "judge.input_size", "must be 1 to 4096");
        Require(judge.Embedding > 0, path, "judge.embedding", "must be above 0");
        Require(judge.Heads.Count > 0, path, "judge.heads", "is empty");
        for (var i = 0; i < judge.Heads.Count; i++)
        {
            Require(judge.Heads[i].Question.Length > 0, path, $"judge.heads[{i}].question", "is missing");
            Require(judge.Heads[i].Threshold is > 0 and < 1, path, $"judge.heads[{i}].threshold", "must be between 0 and 1");
        }

        Require(judge.BadSimilarity is > 0 and <= 1, path, "judge.bad_similarity", "must be above 0 and at most 1");
        Require(judge.NearDuplicate is > 0 and <= 1, path, "judge.near_duplicate", "must be above 0 and at most 1");
        Require(judge.Memorised is > 0 and <= 1, path, "judge.memorised", "must be above 0 and at most 1");
    }

    private static void CheckVisionLanguage(VisionLanguageCard? card, string path)
    {
        var model = card ?? throw Problem(path, "vision_language", "is missing");
        Require(model.Method.Length > 0, path, "vision_language.method", "is missing");
        Require(model.Side is >= 16 and <= 4096, path, "vision_language.side", "must be 16 to 4096");
        Require(model.Upsampled == 0 || model.Upsampled >= model.Side, path, "vision_language.upsampled", "must be 0 or at least the side");
        Require(double.IsFinite(model.Mean), path, "vision_language.mean", "must be a number");
        Require(model.Deviation > 0, path, "vision_language.deviation", "must be above 0");
        Require(model.Embedding > 0, path, "vision_language.embedding", "must be above 0");
        Require(model.Image.Blocks.Count == 4 && model.Image.Width > 0, path, "vision_language.image",
            "wants four blocks and a width above 0");
        Require(model.Image.StageWidths.Count is 0 or 4 && model.Image.StageWidths.All(w => w > 0), path,
            "vision_language.image.stage_widths", "must be four numbers above 0, or left out");
        Require(model.Text.LayerNormEps is null or (> 0 and < 1), path, "vision_language.text.layer_norm_eps",
            "must be above 0 and below 1");
        Require(model.Text.TokenTypes is null or > 0, path, "vision_language.text.token_types", "must be above 0");
        Require(model.Text is { Vocabulary: > 0, Hidden: > 0, Layers: > 0, Heads: > 0, Intermediate: > 0 }, path, "vision_language.text",
            "wants vocabulary, hidden, layers, heads and intermediate above 0");
        Require(model.Tokens >= 3 && model.Tokens <= model.Text.Positions, path, "vision_language.tokens", "must be 3 to text.positions");
    }

    private static void CheckTextEncoder(TextEncoderCard? card, string path)
    {
        if (card is null)
            return; // its own files say it
        Require(TextPoolingNames.All.Contains(card.Pooling), path, "text_encoder.pooling",
            $"must be one of {string.Join(", ", TextPoolingNames.All)}");
        Require(card.MaxTokens is 0 or >= 3, path, "text_encoder.max_tokens", "must be 0 or 3 and more");
    }

    private static void CheckImageEncoder(ImageEncoderCard? card, string path)
    {
        var encoder = card ?? throw Problem(path, "image_encoder", "is missing");
        Require(ImagePoolingNames.All.Contains(encoder.Pooling), path, "image_encoder.pooling",
            $"must be one of {string.Join(", ", ImagePoolingNames.All)}");
        Require(encoder.NearDuplicate is > 0 and <= 1, path, "image_encoder.near_duplicate", "must be above 0 and at most 1");
    }

    private static void Require(bool holds, string path, string key, string problem)
    {
        if (!holds)
            throw Problem(path, key, problem);
    }

    /// <summary>The words of YamlDotNet, which also name a class of ours.</summary>
    [GeneratedRegex(@"\AProperty '([^']*)' not found")]
    private static partial Regex UnknownKey();

    private static InvalidDataException Problem(string path, string key, string problem) => new($"{path}: {key}: {problem}");
}
