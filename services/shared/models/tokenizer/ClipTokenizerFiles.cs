using System.Text.Encodings.Web;
using System.Text.Json;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>The tokenizer folder of a diffusers model: <c>vocab.json</c>, <c>merges.txt</c>, <c>tokenizer_config.json</c>.</summary>
/// <param name="Vocabulary">Token → id.</param>
/// <param name="Merges">Pairs of tokens that are joined, in order of preference.</param>
/// <param name="Start">Token before each prompt.</param>
/// <param name="End">Token after each prompt.</param>
/// <param name="Unknown">Token for bytes that the vocabulary lacks.</param>
/// <param name="Padding">Token that fills a prompt up.</param>
/// <param name="MaxLength">Number of tokens that the text encoder takes, start and end included.</param>
public sealed record ClipTokenizerFiles(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<(string Left, string Right)> Merges,
    string Start,
    string End,
    string Unknown,
    string Padding,
    int MaxLength)
{
    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";
    private const string ConfigFile = "tokenizer_config.json";
    private const string ClipStart = "<|startoftext|>";
    private const string ClipEnd = "<|endoftext|>";
    private static readonly JsonSerializerOptions _flat = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions _indented = new(_flat) { WriteIndented = true };

    /// <summary>
    /// The vocabulary that CLIP builds from a list of merges: the 256 bytes, the same at the end of a word, the token of each merge, start
    /// and end. Every byte has a token of its own, so any text can be encoded with any list of merges.
    /// </summary>
    public static ClipTokenizerFiles FromMerges(IReadOnlyList<(string Left, string Right)> merges, int maxLength)
    {
        var symbols = ByteSymbols();
        IEnumerable<string> tokens =
        [
            .. symbols, .. symbols.Select(symbol => symbol + ClipTokenizer.EndOfWord), .. merges.Select(merge => merge.Left + merge.Right),
            ClipStart, ClipEnd,
        ];
        var vocabulary = tokens.Distinct(StringComparer.Ordinal).Index()
            .ToDictionary(token => token.Item, token => token.Index, StringComparer.Ordinal);
        return new ClipTokenizerFiles(vocabulary, merges, ClipStart, ClipEnd, Unknown: ClipEnd, Padding: ClipEnd, maxLength);
    }

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The <c>tokenizer</c> folder of a model.</param>
    /// <param name="positions">The number of tokens that the text encoder takes at most.</param>
    /// <exception cref="InvalidDataException">Names the file that is wrong.</exception>
    public static ClipTokenizerFiles Read(string folder, int positions)
    {
        var vocabulary = ParseJson<Dictionary<string, int>>(Path.Combine(folder, VocabularyFile));
        var config = ParseJson<Dictionary<string, JsonElement>>(Path.Combine(folder, ConfigFile));
        var end = SpecialToken(config, "eos_token", ClipEnd);
        var maxLength = config.TryGetValue("model_max_length", out var length) && length.ValueKind == JsonValueKind.Number
            ? length.GetDouble()
            : positions;
        return new ClipTokenizerFiles(
            vocabulary,
            ReadMerges(Path.Combine(folder, MergesFile)),
            SpecialToken(config, "bos_token", ClipStart),
            end,
            SpecialToken(config, "unk_token", end),
            SpecialToken(config, "pad_token", end),
            (int)Math.Min(maxLength, positions)); // Some exports write 1e30 for "no limit".
    }

    /// <summary>Reads a merges file: a pair a line; empty lines and the line of the version are skipped.</summary>
    /// <exception cref="InvalidDataException">A line does not hold two tokens.</exception>
    public static IReadOnlyList<(string Left, string Right)> ReadMerges(string path)
    {
        var merges = new List<(string, string)>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            var tokens = line.Split(' ');
            if (tokens.Length != 2)
                throw new InvalidDataException($"{path}: a line must hold two tokens with a blank between them, not '{line}'.");
            merges.Add((tokens[0], tokens[1]));
        }
        return merges;
    }

    /// <summary>Writes the three files into a folder, as CLIP's own tokenizer in Hugging Face's transformers has them.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, VocabularyFile), JsonSerializer.Serialize(Vocabulary, _flat) + "\n");
        var merges = string.Concat(Merges.Select(merge => $"{merge.Left} {merge.Right}\n"));
        File.WriteAllText(Path.Combine(folder, MergesFile), "#version: 0.2\n" + merges);
        var config = new
        {
            tokenizer_class = "CLIPTokenizer",
            model_max_length = MaxLength,
            do_lower_case = true,
            bos_token = Start,
            eos_token = End,
            unk_token = Unknown,
            pad_token = Padding,
        };
        File.WriteAllText(Path.Combine(folder, ConfigFile), JsonSerializer.Serialize(config, _indented) + "\n");
    }

    /// <summary>
    /// GPT-2's table of bytes as printable characters, in the order of CLIP's ids: first the bytes that stand for themselves, then the
    /// others, which are written with the characters from U+0100 on.
    /// </summary>
    private static List<string> ByteSymbols()
    {
        bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        var bytes = Enumerable.Range(0, 256).ToList();
        return
        [
            .. bytes.Where(IsPrintable).Select(value => char.ToString((char)value)),
            .. bytes.Where(value => !IsPrintable(value)).Select((_, i) => char.ToString((char)(0x100 + i))),
        ];
    }

    private static T ParseJson<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path))
                ?? throw new InvalidDataException($"{path}: the file must hold a JSON object, not null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>A special token of the configuration, which writes it as a string or as an object with its content.</summary>
    private static string SpecialToken(Dictionary<string, JsonElement> config, string name, string defaultToken) =>
        !config.TryGetValue(name, out var token) ? defaultToken
        : token.ValueKind == JsonValueKind.Object ? token.GetProperty("content").GetString() ?? defaultToken
        : token.GetString() ?? defaultToken;
}
