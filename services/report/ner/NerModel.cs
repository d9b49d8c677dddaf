using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Onnx.Text;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>
/// A token classifier of a model folder: BERT with WordPiece or DeBERTa with SentencePiece, exported to ONNX. Runs may overlap; a text's
/// bits depend on the text alone, since each row is a run of its own by one thread.
/// </summary>
internal sealed class NerModel : IDisposable
{
    private const string LogitsOutput = "logits", LabelsKey = "id2label", TaskSuffix = "ForTokenClassification";
    private readonly TextModelFolder _folder;

    private NerModel(TextModelFolder folder)
    {
        _folder = folder;
        Labels = ReadLabels(folder.Config);
        Types = EntityTypeFile.Read(folder.Path, Labels.Where(label => label != "O").Select(label => label[2..]).Distinct(),
            folder.Config.RequireMember(LabelsKey));
        if (folder.Graph.Width is { } width && width != Labels.Count)
            throw WrongWidth(width);
    }

    public TextTokenizer Tokenizer => _folder.Tokenizer;

    /// <summary>Most tokens of a row, special ones included.</summary>
    public int MostTokens => _folder.MostTokens;

    /// <summary>The labels by id: <c>O</c>, or a type behind <c>B-</c> or <c>I-</c>.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Which of the five types a type of the labels is; null for those that are left out.</summary>
    public IReadOnlyDictionary<string, EntityType?> Types { get; }

    /// <summary>True where <c>config.json</c> says that the folder holds a token classifier.</summary>
    public static bool IsTokenClassifier(JsonFileValue config) => config.Member("architectures") is { IsNull: false } classes
        && classes.Items.Any(name => name.Text.EndsWith(TaskSuffix, StringComparison.Ordinal));

    /// <exception cref="InvalidDataException">Names the file and the key that is missing or can't be run.</exception>
    public static NerModel Load(string path, OnnxSessionOptions settings)
    {
        var config = TextModelFolder.ReadConfig(path);
        if (config.Member("architectures") is { IsNull: false } classes && !IsTokenClassifier(config))
            throw classes.Fault($"names no class that ends in {TaskSuffix}, so it is no token classifier");
        var folder = new TextModelFolder(path, LogitsOutput, settings);
        try
        {
            return new NerModel(folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Runs rows of one length.</summary>
    /// <returns>Logits, row-major [B, T, labels].</returns>
    public float[] RunLogits(params IReadOnlyList<TextRow> rows)
    {
        var output = _folder.Graph.Run(Tokenizer.PaddingId, rows);
        return output.Shape[2] == Labels.Count ? output.Values : throw WrongWidth(output.Shape[2]);
    }

    /// <summary>What the model says of each token of a row, special tokens included.</summary>
    public TokenPrediction[] Classify(TextRow row)
    {
        var logits = RunLogits(row);
        return [.. Enumerable.Range(0, row.Length).Select(token => new TokenPrediction(Tokenizer.TokenOf(row.Ids[token]),
            (int)row.Ids[token], row.Sources[token], Softmax(logits.AsSpan(token * Labels.Count, Labels.Count))))];
    }

    public void Dispose() => _folder.Dispose();

    private static float[] Softmax(ReadOnlySpan<float> logits)
    {
        var probabilities = logits.ToArray();
        var highest = probabilities.Max();
        var sum = 0f;
        for (var i = 0; i < probabilities.Length; i++)
            sum += probabilities[i] = MathF.Exp(probabilities[i] - highest);
        for (var i = 0; i < probabilities.Length; i++)
            probabilities[i] /= sum;
        return probabilities;
    }

    private InvalidDataException WrongWidth(long width) => _folder.Config.RequireMember(LabelsKey)
        .Fault($"has {Labels.Count} labels, and {Path.GetFileName(_folder.Graph.Path)} gives {width} numbers a token");

    private static string[] ReadLabels(JsonFileValue config)
    {
        var table = config.RequireMember(LabelsKey);
        var members = table.Members;
        return [.. Enumerable.Range(0, members.Count).Select(id =>
        {
            if (!members.TryGetValue(id.ToString(CultureInfo.InvariantCulture), out var label))
                throw table.Fault($"has {members.Count} labels and none with the id {id}; ids must be 0, 1, 2 and so on");
            var isKnown = label.Text == "O" || (label.Text.Length > 2 && label.Text[..2] is "B-" or "I-");
            return isKnown ? label.Text
                : throw label.Fault($"is '{EchoedText.Shorten(label.Text)}'; a label must be O, or a type behind B- or I-");
        })];
    }
}
