using System.Text.Json;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>
/// <c>tokenizer.json</c>, the one file of the library tokenizers. transformers 5 takes vocabulary, merges and added tokens from it and
/// builds the rest itself, so a file with another normalizer or pre-tokenizer than CLIP's would not mean what it says: it is refused.
/// </summary>
internal static class ClipTokenizerJson
{
    private const string WordPattern = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    // transformers 4 wrote the first one, 5 writes the second one. Their ids differ only at names of special tokens in other spellings.
    private static readonly string[] _wordPatterns = [WordPattern, @"<\|startoftext\|>|<\|endoftext\|>|" + WordPattern];

    /// <summary>The vocabulary of a file, after a check that it is one of CLIP's.</summary>
    public static JsonFileValue FindVocabulary(JsonFileValue file)
    {
        var model = file.RequireMember("model");
        RequireText(model, "type", optional: true, "BPE"); // Old files leave the type out.
        RequireText(model, "end_of_word_suffix", optional: false, ClipTokenizer.EndOfWord);
        RequireText(model, "continuing_subword_prefix", optional: true, "");
        CheckNormalizer(file.RequireMember("normalizer"));
        CheckPreTokenizer(file.RequireMember("pre_tokenizer"));
        return model.RequireMember("vocab");
    }

    /// <summary>The merges, each of them <c>"i n"</c> or <c>["i", "n"]</c>.</summary>
    public static IReadOnlyList<(string Left, string Right)> ReadMerges(JsonFileValue file, Dictionary<string, int> vocabulary)
    {
        var merges = new List<(string, string)>();
        foreach (var item in file.RequireMember("model").RequireMember("merges").Items)
        {
            var merge = item.IsText ? ClipTokenizerFiles.ParseMerge(item.Text)
                : item.Items.ToList() is [var left, var right] ? (left.Text, right.Text) : null;
            if (merge is not { } pair)
                throw item.Fault($"must hold two tokens");
            if (ClipTokenizerReader.NeedsUnknown(pair, vocabulary))
                throw item.Fault("needs a token that the vocabulary lacks");
            merges.Add(pair);
        }
        return merges;
    }

    private static void CheckNormalizer(JsonFileValue normalizer)
    {
        RequireText(normalizer, "type", optional: false, "Sequence");
        var steps = normalizer.RequireMember("normalizers");
        RequireTypes(steps, "NFC", "Replace", "Lowercase");
        var replace = steps.Items.ElementAt(1);
        RequireText(replace.RequireMember("pattern"), "Regex", optional: false, @"\s+");
        RequireText(replace, "content", optional: false, " ");
    }

    private static void CheckPreTokenizer(JsonFileValue preTokenizer)
    {
        RequireText(preTokenizer, "type", optional: false, "Sequence");
        var steps = preTokenizer.RequireMember("pretokenizers");
        RequireTypes(steps, "Split", "ByteLevel");
        var split = steps.Items.First();
        RequireText(split.RequireMember("pattern"), "Regex", optional: false, _wordPatterns);
        RequireText(split, "behavior", optional: false, "Removed");
        RequireFlag(split, "invert", wanted: true);
        RequireFlag(steps.Items.ElementAt(1), "add_prefix_space", wanted: false);
    }

    private static void RequireTypes(JsonFileValue steps, params string[] types)
    {
        var found = steps.Items.Select(step => step.RequireMember("type").Text).ToList();
        if (!found.SequenceEqual(types))
            throw steps.Fault($"must be {string.Join(", ", types)} as CLIP's are");
    }

    private static void RequireText(JsonFileValue parent, string name, bool optional, params string[] wanted)
    {
        if (optional && parent.Member(name) is null or { IsNull: true })
            return;
        var member = parent.RequireMember(name);
        if (!member.IsText || !wanted.Contains(member.Text))
            throw member.Fault($"must be '{wanted[0]}' as CLIP's is");
    }

    private static void RequireFlag(JsonFileValue parent, string name, bool wanted)
    {
        var member = parent.RequireMember(name);
        if (member.Element.ValueKind != (wanted ? JsonValueKind.True : JsonValueKind.False))
            throw member.Fault($"must be {(wanted ? "true" : "false")} as CLIP's is");
    }
}
