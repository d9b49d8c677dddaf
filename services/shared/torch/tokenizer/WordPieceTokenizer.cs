using System.Text.Json;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Text;

namespace SynCxr.Mesh.Torch.Tokenizer;

/// <summary>One text as word pieces.</summary>
/// <param name="Ids">[CLS], the pieces, [SEP].</param>
/// <param name="WordIndices">For each id the number of the word that it is a piece of, from 0; -1 for [CLS] and [SEP].</param>
public sealed record WordPieceTokens(long[] Ids, int[] WordIndices)
{
    public int WordCount => WordIndices.Max() + 1;
}

/// <summary>
/// BERT's tokenizer (Devlin et al. 2019) on a vocabulary in Hugging Face's form: <c>vocab.txt</c>, one piece a line, beside
/// <c>tokenizer_config.json</c>.
/// </summary>
public sealed class WordPieceTokenizer
{
    public const string VocabularyFile = "vocab.txt", ConfigFile = "tokenizer_config.json";

    /// <summary>The special tokens that every vocabulary starts with.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly TextTokenizer _tokenizer;
    private readonly IReadOnlyList<string> _vocabulary;
    private readonly bool _lowerCase;

    /// <exception cref="InvalidDataException">The vocabulary lacks one of the marks.</exception>
    public WordPieceTokenizer(IReadOnlyList<string> vocabulary, bool lowerCase)
    {
        if (SpecialTokens.FirstOrDefault(m => !vocabulary.Contains(m)) is { } missing)
            throw new InvalidDataException($"{VocabularyFile}: '{missing}' is missing");
        (_vocabulary, _lowerCase) = (vocabulary, lowerCase);
        _tokenizer = TextTokenizer.CreateBert(vocabulary, lowerCase);
        (StartId, EndId) = (IdOf("[CLS]"), IdOf("[SEP]"));
    }

    public int VocabularySize => _vocabulary.Count;

    /// <summary>Id of [CLS].</summary>
    public long StartId { get; }

    /// <summary>Id of [SEP].</summary>
    public long EndId { get; }

    /// <exception cref="InvalidDataException">Names the file that is missing or wrong.</exception>
    public static WordPieceTokenizer Open(string folder) => Open(folder, File.ReadAllBytes);

    /// <param name="read">How a file of the folder is read.</param>
    /// <exception cref="InvalidDataException">Names the file that is missing or wrong.</exception>
    public static WordPieceTokenizer Open(string folder, Func<string, byte[]> read)
    {
        var vocabulary = Path.Combine(folder, VocabularyFile);
        var config = Path.Combine(folder, ConfigFile);
        foreach (var file in new[] { vocabulary, config })
        {
            if (!File.Exists(file))
                throw new InvalidDataException($"{file}: is missing");
        }

        try
        {
            using var settings = ReadText(config);
            using var json = JsonDocument.Parse(settings.ReadToEnd());
            // Some published configurations leave it out, and mean true.
            var lower = !json.RootElement.TryGetProperty("do_lower_case", out var value) || value.GetBoolean();
            using var pieces = ReadText(vocabulary);
            var lines = new List<string>();
            while (pieces.ReadLine() is { } line)
                lines.Add(line);
            return new WordPieceTokenizer(lines, lower);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(e is JsonException json ? $"{config}: {PythonJson.DescribeError(json)}"
                : $"{config}: must be an object whose do_lower_case, if it has one, is true or false", e);
        }

        StreamReader ReadText(string file) => new(new MemoryStream(read(file)));
    }

    /// <param name="mostTokens">The length that other readers of the folder truncate texts to.</param>
    public void Save(string folder, int mostTokens)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, VocabularyFile), string.Join('\n', _vocabulary) + "\n");
        File.WriteAllText(Path.Combine(folder, ConfigFile), JsonSerializer.Serialize(new
        {
            tokenizer_class = "BertTokenizer",
            do_lower_case = _lowerCase,
            model_max_length = mostTokens,
            pad_token = "[PAD]",
            unk_token = "[UNK]",
            cls_token = "[CLS]",
            sep_token = "[SEP]",
            mask_token = "[MASK]",
        }, Indented) + "\n");
    }

    /// <summary>Splits a text into at most <paramref name="most"/> tokens, [CLS] and [SEP] included; a longer text loses its end.</summary>
    public WordPieceTokens Encode(string text, int most)
    {
        var inner = _tokenizer.Tokenize(text);
        var kept = Math.Min(inner.Count, most - 2);
        var ids = new long[kept + 2];
        var words = new int[kept + 2];
        var word = -1;
        (ids[0], words[0]) = (StartId, -1);
        for (var i = 0; i < kept; i++)
        {
            if (word < 0 || !_vocabulary[inner[i].Id].StartsWith("##", StringComparison.Ordinal))
                word++;
            (ids[i + 1], words[i + 1]) = (inner[i].Id, word);
        }

        (ids[^1], words[^1]) = (EndId, -1);
        return new WordPieceTokens(ids, words);
    }

    private int IdOf(string token) => _vocabulary.Index().First(piece => piece.Item == token).Index;
}
