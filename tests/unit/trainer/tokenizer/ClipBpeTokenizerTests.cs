using System.Text.Json;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Trainer.Tokenizer;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Tokenizer;

public sealed class ClipBpeTokenizerTests
{
    private static readonly string[] Corpus = ["Findings of dense right lobar consolidation.",
        "There is no viral pneumonia; lungs are clear."];

    [Fact]
    public void Encode_AllOfClip_GivesClipsIds() =>
        // CLIP's own tokenizer on the same words: a=320, photo=1125, of=539, cat=2368; start 49406, end 49407.
        Assert.Equal([49406, 320, 1125, 539, 320, 2368, 49407], ClipBpeTokenizer.FullVocabulary.Encode("a photo of a cat")[..7]);

    [Fact]
    public void TrimTo_TextsOfTheCorpus_SplitAsWithAllMerges()
    {
        var trimmed = ClipBpeTokenizer.FullVocabulary.TrimTo(Corpus);
        Assert.InRange(trimmed.Merges.Count, 20, 200);
        Assert.All(Corpus, text => Assert.Equal(ClipBpeTokenizer.FullVocabulary.CountTokens(text), trimmed.CountTokens(text)));
    }

    [Fact]
    public void Encode_TextThatNoMergeKnows_FallsBackToBytes()
    {
        var trimmed = ClipBpeTokenizer.FullVocabulary.TrimTo(Corpus);
        var ids = trimmed.Encode("Ωмъл 中文 \u0001 zebra!? 3");
        Assert.Equal(ClipBpeTokenizer.PromptLength, ids.Length);
        Assert.All(ids, id => Assert.InRange(id, 0, trimmed.VocabularySize - 1));
        Assert.True(trimmed.CountTokens("Ωмъл 中文") >= 14); // two or three bytes a letter
    }

    [Fact]
    public void Encode_LongText_KeepsStartAndEnd()
    {
        var ids = ClipBpeTokenizer.FullVocabulary.Encode(string.Join(' ', Enumerable.Repeat("pneumonia", 200)));
        Assert.Equal(49406, ids[0]);
        Assert.Equal(49407, ids[^1]);
        Assert.NotEqual(49407, ids[^2]);
    }

    [Fact]
    public void Save_Folder_HoldsVocabularyMergesAndNotice()
    {
        using var folder = new ScratchFolder();
        var trimmed = ClipBpeTokenizer.FullVocabulary.TrimTo(Corpus);
        trimmed.Save(folder.Path);
        var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(folder["vocab.json"]))!;
        Assert.Equal(Enumerable.Range(0, trimmed.VocabularySize), vocabulary.Values.Order());
        Assert.Equal(512 + trimmed.Merges.Count + 2, vocabulary.Count);
        var merges = File.ReadAllLines(folder["merges.txt"]);
        Assert.Equal(trimmed.Merges.Count + 1, merges.Length);
        Assert.All(merges.Skip(1),
            m => Assert.Contains(m.Replace(" ", "", StringComparison.Ordinal), (IDictionary<string, int>)vocabulary));
        Assert.Contains("OpenAI", File.ReadAllText(folder["LICENSE"]), StringComparison.Ordinal);
    }
}
