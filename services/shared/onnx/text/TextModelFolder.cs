using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Onnx.Text;

/// <summary>
/// A folder with a text model as transformers and its ONNX exporters leave it: <c>config.json</c>, the tokenizer's files, and
/// <c>model.onnx</c> in it or in <c>onnx/</c>.
/// </summary>
public sealed class TextModelFolder : IDisposable
{
    private const string ConfigFile = "config.json";

    /// <param name="output">The usual name of the graph's output [B, T, D].</param>
    /// <exception cref="InvalidDataException">Names the file and the key that is missing or can't be run.</exception>
    public TextModelFolder(string path, string output, OnnxSessionOptions settings)
    {
        Path = path;
        Config = ReadConfig(path);
        Tokenizer = TextTokenizer.Read(path);
        if (Config.Member("vocab_size") is { IsNull: false } size && Tokenizer.HighestId >= size.Id)
            throw size.Fault($"must be above the highest id of the tokenizer, which is {Tokenizer.HighestId}");
        Graph = new TextGraph(GraphFileFinder.Require(path), output, settings);
        int?[] limits = [Tokenizer.MostTokens, Graph.FixedTokens, CountPositions(Config)];
        MostTokens = limits.Min() ?? int.MaxValue;
    }

    public string Path { get; }

    /// <summary><c>config.json</c>.</summary>
    public JsonFileValue Config { get; }

    public TextTokenizer Tokenizer { get; }

    public TextGraph Graph { get; }

    /// <summary>Most tokens of a row, special ones included: the least of what tokenizer, config and graph allow.</summary>
    public int MostTokens { get; }

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">It is missing or no JSON object.</exception>
    public static JsonFileValue ReadConfig(string path)
    {
        var file = System.IO.Path.Combine(path, ConfigFile);
        return JsonFileValue.Find(file) ?? throw new InvalidDataException($"{file}: is missing");
    }

    public void Dispose() => Graph.Dispose();

    // RoBERTa's positions begin behind the padding id; its byte-pair tokenizer is refused before.
    private static int? CountPositions(JsonFileValue config)
    {
        if (config.Member("max_position_embeddings") is not { IsNull: false } member)
            return null;
        return PythonJson.TryGetNumber(member.Element, out var count) && count is >= 3 and <= int.MaxValue
            ? (int)count : throw member.Fault("must be a number from 3 on");
    }
}
