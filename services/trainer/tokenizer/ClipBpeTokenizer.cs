using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Trainer.Tokenizer;

/// <summary>
/// CLIP's byte-pair tokenizer (Radford et al. 2021; Sennrich et al. 2016) over a list of merges. Every byte has a token of its own,
/// so any text encodes with any list of merges.
/// </summary>
public sealed partial class ClipBpeTokenizer
{
    /// <summary>Tokens a prompt, start and end included.</summary>
    public const int PromptLength = 77;

    private const string EndOfWord = "</w>", Start = "<|startoftext|>", End = "<|endoftext|>";
    private const int MergesOfClip = 48_894;
    private static readonly JsonSerializerOptions Flat = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private static readonly JsonSerializerOptions Indented = new(Flat) { WriteIndented = true };
    private static readonly string[] ByteSymbols = Symbols();
    private readonly Dictionary<(string, string), int> _ranks;
    private readonly Dictionary<string, int> _vocabulary;

    public ClipBpeTokenizer(IReadOnlyList<(string Left, string Right)> merges)
    {
        Merges = merges;
        _ranks = merges.Select((m, i) => (m, i)).ToDictionary(p => p.m, p => p.i);
        IEnumerable<string> tokens = SymbolsInOrder();
        tokens = [.. tokens, .. tokens.Select(s => s + EndOfWord), .. merges.Select(m => m.Left + m.Right), Start, End];
        _vocabulary = tokens.Distinct(StringComparer.Ordinal).Select((t, i) => (t, i)).ToDictionary(p => p.t, p => p.i,
            StringComparer.Ordinal);
    }

    /// <summary>All of CLIP's merges; the file lies in this folder, with its notice.</summary>
    public static ClipBpeTokenizer FullVocabulary { get; } = new(ReadClip());

    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    public int VocabularySize => _vocabulary.Count;

    /// <summary>Start, tokens, end, then ends up to <see cref="PromptLength"/>; a text that is too long loses its tail.</summary>
    public long[] Encode(string text)
    {
        var ids = new long[PromptLength];
        Array.Fill(ids, _vocabulary[End]);
        ids[0] = _vocabulary[Start];
        var at = 1;
        foreach (var token in Words(text).SelectMany(w => Split(w, null)).Take(PromptLength - 2))
            ids[at++] = _vocabulary[token];
        return ids;
    }

    /// <summary>Tokens of a text without start and end.</summary>
    public int CountTokens(string text) => Words(text).Sum(w => Split(w, null).Count);

    /// <summary>
    /// Only the merges that these texts use, in CLIP's order. They encode to the same pieces as with all merges: the pair that the
    /// full list would merge next is always in the short one, and always comes first in it.
    /// </summary>
    public ClipBpeTokenizer TrimTo(IEnumerable<string> texts)
    {
        var used = new SortedSet<int>();
        foreach (var word in texts.SelectMany(Words).Distinct(StringComparer.Ordinal))
            Split(word, used);
        return new ClipBpeTokenizer([.. used.Select(r => Merges[r])]);
    }

    /// <summary>
    /// Writes <c>vocab.json</c>, <c>merges.txt</c> and <c>tokenizer_config.json</c> as CLIP's tokenizer has them, and the notice.
    /// </summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(_vocabulary, Flat) + "\n");
        File.WriteAllText(Path.Combine(folder, "merges.txt"),
            "#version: 0.2\n" + string.Concat(Merges.Select(m => $"{m.Left} {m.Right}\n")));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new
        {
            tokenizer_class = "CLIPTokenizer",
            model_max_length = PromptLength,
            do_lower_case = true,
            bos_token = Start,
            eos_token = End,
            unk_token = End,
            pad_token = End,
        }, Indented) + "\n");
        using var notice = Resource("LICENSE");
        using var file = File.Create(Path.Combine(folder, "LICENSE"));
        notice.CopyTo(file);
    }

    private static IEnumerable<string> Words(string text)
    {
        foreach (Match match in Pattern().Matches(Blank().Replace(text, " ").Trim().ToLowerInvariant()))
            yield return string.Concat(Encoding.UTF8.GetBytes(match.Value).Select(b => ByteSymbols[b]));
    }

    private List<string> Split(string word, SortedSet<int>? used)
    {
        var pieces = new List<string>(word.Select(c => c.ToString(CultureInfo.InvariantCulture)));
        pieces[^1] += EndOfWord;
        while (pieces.Count > 1)
        {
            var best = Enumerable.Range(0, pieces.Count - 1).Min(i => _ranks.GetValueOrDefault((pieces[i], pieces[i + 1]), int.MaxValue));
            if (best == int.MaxValue)
                break;
            used?.Add(best);
            var (left, right) = Merges[best];
            for (var i = 0; i < pieces.Count - 1; i++)
            {
                if (pieces[i] != left || pieces[i + 1] != right)
                    continue;
                pieces[i] = left + right;
                pieces.RemoveAt(i + 1);
            }
        }

        return pieces;
    }

    private static (string, string)[] ReadClip()
    {
        using var file = Resource("bpe_simple_vocab_16e6.txt.gz");
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        text.ReadLine(); // header
        return [.. Enumerable.Range(0, MergesOfClip).Select(_ => text.ReadLine()!.Split(' ')).Select(p => (p[0], p[1]))];
    }

    private static Stream Resource(string name) =>
        typeof(ClipBpeTokenizer).Assembly.GetManifestResourceStream("SynCxr.Mesh.Trainer.Tokenizer." + name)
        ?? throw new InvalidOperationException($"{name} is not in the assembly");

    /// <summary>GPT-2's table: printable bytes stand for themselves, the others for characters from U+0100 on.</summary>
    private static string[] Symbols()
    {
        var (symbols, next) = (new string[256], 0);
        for (var b = 0; b < 256; b++)
            symbols[b] = ((char)(Printable(b) ? b : 256 + next++)).ToString();
        return symbols;
    }

    private static IEnumerable<string> SymbolsInOrder() =>
        Enumerable.Range(0, 256).OrderBy(b => Printable(b) ? 0 : 1).ThenBy(b => b).Select(b => ByteSymbols[b]);

    private static bool Printable(int b) => b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
