using System.Text.Json;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Trainer.Tokenizer;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Tokenizer;

public sealed class ClipMergesTests
{
    private static readonly string[] _corpus = ["Findings of dense right lobar consolidation.",
        "There is no viral pneumonia; lungs are clear."];

    [Fact]
    public void FullTokenizer_PhotoOfACat_GivesClipsIds() =>
        // CLIP's own tokenizer on the same words: a=320, photo=1125, of=539, cat=2368; start 49406, end 49407.
        Assert.Equal([49406, 320, 1125, 539, 320, 2368, 49407], ClipMerges.FullTokenizer.Tokenize("a photo of a cat").Ids[..7]);

    [Fact]
    public void TrimTo_TextsOfTheCorpus_SplitAsWithAllMerges()
    {
        var trimmed = ClipMerges.TrimTo(_corpus);
        Assert.InRange(trimmed.Files.Merges.Count, 20, 200);
        Assert.All(_corpus, text => Assert.Equal(Split(ClipMerges.FullTokenizer, text), Split(trimmed, text)));
    }

    [Fact]
    public void TrimTo_TextThatNoMergeKnows_FallsBackToBytes()
    {
        var trimmed = ClipMerges.TrimTo(_corpus);
        var ids = trimmed.Tokenize("Ωмъл 中文 \u0001 zebra!? 3").Ids;
        Assert.Equal(ClipMerges.PromptLength, ids.Length);
        Assert.All(ids, id => Assert.InRange(id, 0, trimmed.VocabularySize - 1));
        Assert.True(trimmed.Encode("Ωмъл 中文").Count >= 14); // two or three bytes a letter
    }

    [Fact]
    public void FullTokenizer_LongText_KeepsStartAndEnd()
    {
        var ids = ClipMerges.FullTokenizer.Tokenize(string.Join(' ', Enumerable.Repeat("pneumonia", 200))).Ids;
        Assert.Equal(49406, ids[0]);
        Assert.Equal(49407, ids[^1]);
        Assert.NotEqual(49407, ids[^2]);
    }

    [Fact]
    public void WriteWithNotice_TrimmedTokenizer_WritesVocabularyMergesAndNotice()
    {
        using var folder = new ScratchFolder();
        var trimmed = ClipMerges.TrimTo(_corpus);
        ClipMerges.WriteWithNotice(trimmed, folder.Path);
        var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(folder["vocab.json"]))!;
        Assert.Equal(Enumerable.Range(0, trimmed.VocabularySize), vocabulary.Values.Order());
        Assert.Equal(512 + trimmed.Files.Merges.Count + 2, vocabulary.Count);
        var merges = File.ReadAllLines(folder["merges.txt"]);
        Assert.Equal(trimmed.Files.Merges.Count + 1, merges.Length);
        Assert.All(merges.Skip(1),
            m => Assert.Contains(m.Replace(" ", "", StringComparison.Ordinal), (IDictionary<string, int>)vocabulary));
        Assert.Contains("OpenAI", File.ReadAllText(folder["LICENSE"]), StringComparison.Ordinal);
    }

    /// <summary>The text's tokens themselves: the ids differ between a full and a trimmed vocabulary.</summary>
    private static IEnumerable<string> Split(ClipTokenizer tokenizer, string text)
    {
        var tokens = tokenizer.Files.Vocabulary.ToDictionary(token => token.Value, token => token.Key);
        return tokenizer.Encode(text).Select(id => tokens[id]);
    }
}
