using System.Text.Encodings.Web;
using System.Text.Json;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>What the tokenizer folder of a diffusers model holds.</summary>
/// <param name="Vocabulary">Token → id; added tokens are among them.</param>
/// <param name="Merges">Pairs of tokens that are joined, in order of preference.</param>
/// <param name="Start">Token before each prompt.</param>
/// <param name="End">Token after each prompt.</param>
/// <param name="Unknown">Token for bytes that the vocabulary lacks.</param>
/// <param name="Padding">Token that fills a prompt up; null where there is none.</param>
/// <param name="MaxLength">Number of tokens that the text encoder takes, start and end included.</param>
public sealed record ClipTokenizerFiles(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<(string Left, string Right)> Merges,
    string Start,
    string End,
    string Unknown,
    string? Padding,
    int MaxLength)
{
    internal const string VocabularyFile = "vocab.json";
    internal const string MergesFile = "merges.txt";
    internal const string ConfigFile = "tokenizer_config.json";
    internal const string ClipStart = "<|startoftext|>";
    internal const string ClipEnd = "<|endoftext|>";
    private static readonly JsonSerializerOptions _flat = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions _indented = new(_flat) { WriteIndented = true };

    /// <summary>Tokens that are split out of a text before words are looked for; by default the special ones, in exact form.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } =
        [.. new[] { Start, End, Unknown, Padding }.OfType<string>().Distinct().Select(content => new AddedToken(content))];

    /// <summary>Where it was read, for messages.</summary>
    public string Source { get; init; } = "tokenizer";

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

    /// <summary>Reads a folder as <c>CLIPTokenizer.from_pretrained</c> of transformers 5 does.</summary>
    /// <param name="folder">The <c>tokenizer</c> folder of a model.</param>
    /// <param name="positions">The number of tokens that the text encoder takes at most.</param>
    /// <param name="embeddings">The number of ids that the text encoder knows; null where its config doesn't say.</param>
    /// <exception cref="InvalidDataException">Names the file and the key that is wrong.</exception>
    public static ClipTokenizerFiles Read(string folder, int positions, int? embeddings = null) =>
        new ClipTokenizerReader(folder, positions, embeddings).Read();

    /// <summary>Reads a merges file: a pair a line; empty lines and the line of the version are skipped.</summary>
    /// <exception cref="InvalidDataException">The file is missing, or a line does not hold two tokens.</exception>
    public static IReadOnlyList<(string Left, string Right)> ReadMerges(string path)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: is missing");
        var merges = new List<(string, string)>();
        foreach (var (index, line) in File.ReadLines(path).Index())
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            merges.Add(ParseMerge(line)
                ?? throw new InvalidDataException(
                    $"{path}: line {index + 1} must hold two tokens with a blank between them"));
        }
        return merges;
    }

    /// <summary>The two tokens of a merge; null where there aren't two.</summary>
    internal static (string Left, string Right)? ParseMerge(string merge) =>
        merge.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : null;

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
}
