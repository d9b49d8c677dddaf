using System.IO.Compression;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Models.Tokenizer;

public sealed class ClipTokenizerTests
{
    private static readonly Lazy<ClipTokenizer?> _fullClip = new(ReadClip);

    // Ids of OpenAI's simple_tokenizer.py on its 49,408 tokens.
    [Theory]
    [InlineData("a photo of a cat", new[] { 320, 1125, 539, 320, 2368 })]
    [InlineData("a photograph of an astronaut riding a horse", new[] { 320, 8853, 539, 550, 18376, 6765, 320, 4558 })]
    [InlineData("hello world!", new[] { 3306, 1002, 256 })]
    [InlineData("Small LEFT pleural effusion; no pneumothorax.", new[] { 2442, 1823, 926, 33948, 1490, 9364, 282, 871, 28714, 617, 4130,
        9203, 269 })]
    [InlineData("The heart isn't enlarged,  cardiothoracic ratio 0.48\n\tcm.", new[] { 518, 1936, 2923, 713, 38136, 3480, 267, 15003, 4130,
        546, 1029, 15893, 271, 269, 275, 279, 3741, 269 })]
    [InlineData("Bibasilar atelectasis & consolidation (right > left), Ø 3.5 µm — naïve", new[] { 717, 19225, 625, 992, 944, 6538, 533, 261,
        41111, 263, 1155, 285, 1823, 2361, 45598, 274, 269, 276, 126, 113, 332, 2005, 1097, 35689, 563 })]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaa", new[] { 23126, 23126, 23126, 320 })]
    [InlineData("???!!!...", new[] { 40017, 11194, 678 })]
    [InlineData("42 it's we'll", new[] { 275, 273, 585, 568, 649, 1342 })]
    [InlineData(" \t\n ", new int[0])]
    public void Encode_ClipVocabulary_GivesClipsIds(string text, int[] expected)
    {
        if (_fullClip.Value is { } tokenizer)
            Assert.Equal(expected, tokenizer.Encode(text));
    }

    [Fact]
    public void Tokenize_LongPrompt_IsCountedBeforeItIsCut()
    {
        var tokenizer = Small(8);
        var prompt = tokenizer.Tokenize("ab ab ab ab ab ab ab ab ab");
        Assert.Equal(11, prompt.Count);
        Assert.True(prompt.Truncated);
        Assert.Equal([101, 3, 3, 3, 3, 3, 3, 102], prompt.Ids);
    }

    [Fact]
    public void Tokenize_PromptThatJustFits_IsNotTruncated()
    {
        var prompt = Small(8).Tokenize("ab ab ab ab ab ab");
        Assert.Equal(8, prompt.Count);
        Assert.False(prompt.Truncated);
    }

    [Fact]
    public void Tokenize_EmptyPrompt_IsStartEndAndPadding() =>
        Assert.Equal([101, 102, 103, 103, 103, 103, 103, 103], Small(8).Tokenize("").Ids);

    [Fact]
    public void Encode_ByteThatATrimmedVocabularyLacks_IsUnknown() => Assert.Equal([3, 102], Small(8).Encode("ab z"));

    [Fact]
    public void Encode_MergeWhoseTokenIsMissing_IsLeftOut() => Assert.Equal([0, 3], Small(8).Encode("aab"));

    [Fact]
    public void Constructor_VocabularyWithoutStartToken_NamesIt()
    {
        var files = Files(8);
        var exception = Assert.Throws<InvalidDataException>(() => new ClipTokenizer(files with { Start = "<s>" }));
        Assert.Contains("'<s>'", exception.Message);
    }

    [Fact]
    public void Encode_LongestWordAllowed_TakesUnderTwoSeconds()
    {
        if (_fullClip.Value is not { } tokenizer)
            return;
        var word = string.Concat(Enumerable.Range(0, 8192).Select(i => (char)('a' + (i * i % 26))));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.NotEmpty(tokenizer.Encode(word));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
    }

    private static ClipTokenizer Small(int length) => new(Files(length));

    /// <summary>The token "aa" is missing, so the first merge is left out; "z" is missing, so it is unknown.</summary>
    private static ClipTokenizerFiles Files(int length) => new(
        new Dictionary<string, int>
        {
            ["a"] = 0,
            ["b"] = 1,
            ["b</w>"] = 2,
            ["ab</w>"] = 3,
            ["<start>"] = 101,
            ["<end>"] = 102,
            ["<pad>"] = 103,
        },
        [("a", "a"), ("aa", "b</w>"), ("a", "c"), ("a", "b</w>")],
        Start: "<start>", End: "<end>", Unknown: "<end>", Padding: "<pad>", length);

    private static ClipTokenizer? ReadClip()
    {
        if (!SharedData.TryFind("clip-bpe-merges", out var folder))
            return null;
        var path = Path.GetTempFileName();
        using (var packed = new GZipStream(File.OpenRead(Path.Combine(folder, "bpe_simple_vocab_16e6.txt.gz")), CompressionMode.Decompress))
        using (var reader = new StreamReader(packed))
            File.WriteAllLines(path, Lines(reader).Skip(1).Take(48_894));
        var merges = ClipTokenizerFiles.ReadMerges(path);
        File.Delete(path);
        var files = ClipTokenizerFiles.FromMerges(merges, maxLength: 77);
        Assert.Equal(49_408, files.Vocabulary.Count);
        return new ClipTokenizer(files);
    }

    private static IEnumerable<string> Lines(StreamReader reader)
    {
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
