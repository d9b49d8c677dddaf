using System.Text.Json;

namespace SynCxr.Mesh.Diffusion.Text;

/// <summary>The tokenizer folder of a diffusers export: vocab.json, merges.txt, tokenizer_config.json.</summary>
/// <param name="Vocabulary">Token → id.</param>
/// <param name="Merges">Pairs, most wanted first.</param>
/// <param name="Start">Token before each prompt.</param>
/// <param name="End">Token after each prompt.</param>
/// <param name="Unknown">Token for bytes that the vocabulary lacks.</param>
/// <param name="Pad">Token that fills a prompt up.</param>
/// <param name="MaxLength">Tokens that the text encoder takes, start and end included.</param>
internal sealed record TokenizerFiles(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<(string Left, string Right)> Merges,
    string Start,
    string End,
    string Unknown,
    string Pad,
    int MaxLength)
{
    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The <c>tokenizer</c> folder.</param>
    /// <param name="positions">What the text encoder takes at most.</param>
    /// <exception cref="InvalidDataException">Names the file that is wrong.</exception>
    public static TokenizerFiles Read(string folder, int positions)
    {
        var vocabulary = Parse<Dictionary<string, int>>(Path.Combine(folder, "vocab.json"));
        var config = Parse<Dictionary<string, JsonElement>>(Path.Combine(folder, "tokenizer_config.json"));
        var end = SpecialToken(config, "eos_token", "<|endoftext|>");
        var asked = config.TryGetValue("model_max_length", out var length) && length.ValueKind == JsonValueKind.Number
            ? length.GetDouble() : positions;
        return new TokenizerFiles(
            vocabulary,
            ReadMerges(Path.Combine(folder, "merges.txt")),
            SpecialToken(config, "bos_token", "<|startoftext|>"),
            end,
            SpecialToken(config, "unk_token", end),
            SpecialToken(config, "pad_token", end),
            (int)Math.Min(asked, positions)); // Some exports write 1e30 for "no limit".
    }

    /// <summary>Reads merges: a pair a line, blank lines and the version line apart.</summary>
    public static IReadOnlyList<(string Left, string Right)> ReadMerges(string path)
    {
        var merges = new List<(string, string)>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            var parts = line.Split(' ');
            if (parts.Length != 2)
                throw new InvalidDataException($"{path}: '{line}' is no pair");
            merges.Add((parts[0], parts[1]));
        }
        return merges;
    }

    private static T Parse<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path)) ?? throw new InvalidDataException($"{path}: is null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    // A token stands there as a string, or as an object with its content.
    private static string SpecialToken(Dictionary<string, JsonElement> config, string name, string otherwise) =>
        !config.TryGetValue(name, out var token) ? otherwise
        : token.ValueKind == JsonValueKind.Object ? token.GetProperty("content").GetString() ?? otherwise
        : token.GetString() ?? otherwise;
}
