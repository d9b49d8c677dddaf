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
    public void Encode_BytesThatATrimmedVocabularyLacks_AreUnknownOneByOne() => Assert.Equal([3, 102, 102, 3], Small(8).Encode("ab zz ab"));

    [Fact]
    public void Constructor_MergeWhoseTokenIsMissing_IsRefused()
    {
        var exception = Assert.Throws<InvalidDataException>(() => new ClipTokenizer(Files(8) with { Merges = [("a", "a")] }));
        Assert.Contains("the vocabulary lacks a token", exception.Message);
    }

    [Fact]
    public void Encode_MergeThatStandsTwice_HasTheLaterPlace()
    {
        var vocabulary = Files(8).Vocabulary.ToDictionary();
        (vocabulary["aa"], vocabulary["a</w>"], vocabulary["aa</w>"]) = (4, 5, 6);
        var files = Files(8) with { Vocabulary = vocabulary, Merges = [("a", "a"), ("a", "a</w>"), ("a", "a")] };
        Assert.Equal([0, 6], new ClipTokenizer(files).Encode("aaa"));
        Assert.Equal([4, 5], new ClipTokenizer(files with { Merges = [("a", "a"), ("a", "a</w>")] }).Encode("aaa"));
    }

    // A name that is no special token here is a word of its own, taken apart, and doesn't run into its neighbours.
    [Theory]
    [InlineData("<|endoftext|>!!", "<| endoftext |> !!")]
    [InlineData("a<|startoftext|>b", "a <| startoftext |> b")]
    [InlineData("!<|endoftext|>", "!<| endoftext |>")]
    [InlineData("it's \U0001D400\U0001D401 12 \U0001F600!", "it 's \U0001D400\U0001D401 1 2 \U0001F600!")]
    public void PreTokenize_Text_GivesClipsWords(string text, string words) => Assert.Equal(words.Split(' '),
        new ClipPreTokenizer().PreTokenize(text).Select(word => text.Substring(word.Offset, word.Length)));

    [Fact]
    public void Compose_HalfASurrogatePair_IsReplaced() => Assert.Equal("x\uFFFD\u00FD", CanonicalComposer.Compose("x\uD800y\u0301"));

    [Theory]
    [InlineData("ab<end>ab", new[] { 3, 102, 3 })]
    [InlineData("<pad><pad>ab", new[] { 103, 103, 3 })]
    [InlineData("<END>", new[] { 102, 102, 102, 102, 102 })] // in the exact form only: these are bytes that the vocabulary lacks
    public void Encode_NameOfASpecialToken_IsThatToken(string text, int[] expected) => Assert.Equal(expected, Small(8).Encode(text));

    [Theory]
    [InlineData("ab <X>  ab", true, false, false, new[] { 3, 0, 3 })]
    [InlineData("ab<x>ab", true, false, false, new[] { 3, 0, 3 })]
    [InlineData("ab <X> ab", false, false, false, new[] { 3, 0, 3 })]
    [InlineData("ab <x> ab", false, false, false, new[] { 3, 102, 102, 102, 3 })]
    [InlineData("ab \t<X> <X>ab", false, true, false, new[] { 3, 0, 0, 3 })]
    [InlineData("ab<X> ab <X>", false, false, true, new[] { 3, 102, 102, 102, 3, 0 })]
    public void Encode_AddedToken_FollowsItsFlags(string text, bool normalized, bool strips, bool singleWord, int[] expected)
    {
        var vocabulary = Files(8).Vocabulary.ToDictionary();
        vocabulary.Remove("a");
        vocabulary["<X>"] = 0;
        var token = new AddedToken("<X>", normalized) { LeftStrip = strips, RightStrip = strips, SingleWord = singleWord };
        var files = Files(8) with { Vocabulary = vocabulary, Merges = [], Added = [token] };
        vocabulary["a"] = 4;
        Assert.Equal(expected.SelectMany(id => id == 3 ? [4, 2] : new[] { id }), new ClipTokenizer(files).Encode(text));
    }

    [Fact]
    public void Encode_AddedTokensThatBeginAlike_TakesTheLongest()
    {
        var vocabulary = Files(8).Vocabulary.ToDictionary();
        (vocabulary["<x>"], vocabulary["<x><y>"]) = (4, 5);
        var files = Files(8) with { Vocabulary = vocabulary, Added = [new AddedToken("<x>"), new AddedToken("<x><y>")] };
        Assert.Equal([4, 5, 4], new ClipTokenizer(files).Encode("<x><x><y><x>"));
    }

    [Fact]
    public void Tokenize_TextWithoutPaddingToken_IsRefusedWhereItMustBePadded()
    {
        var tokenizer = new ClipTokenizer(Files(8) with { Padding = null, Source = "x/tokenizer_config.json" });
        Assert.Equal(8, tokenizer.Tokenize("ab ab ab ab ab ab").Ids.Length);
        var refusal = Assert.Throws<InvalidDataException>(() => tokenizer.Tokenize("ab"));
        Assert.StartsWith("x/tokenizer_config.json: pad_token: is null", refusal.Message);
    }

    [Fact]
    public void Tokenize_InChunks_WrapsAndPadsEachOfThem()
    {
        var prompt = Small(4).Tokenize("ab ab ab", chunks: 3);
        Assert.Equal([101, 3, 3, 102, 101, 3, 102, 103, 101, 102, 103, 103], prompt.Ids);
        Assert.Equal((5, false), (prompt.Count, prompt.Truncated));
        Assert.True(Small(4).Tokenize("ab ab ab").Truncated);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("ab ab", 1)]
    [InlineData("ab ab ab", 2)]
    public void CountChunks_Prompt_HoldsItWhole(string prompt, int chunks) => Assert.Equal(chunks, Small(4).CountChunks(prompt));

    // Marks in the wrong order, marks that block one another, Hangul, characters that are never composed.
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u0041\u030A \u212B", "\u00C5 \u00C5")]
    [InlineData("s\u0307\u0323", "\u1E69")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")]
    [InlineData("a\u0313\u0300", "a\u0313\u0300")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8\u11A8", "\uAC01\u11A8")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0344", "\u0308\u0301")]
    public void Compose_Text_IsInFormC(string text, string expected) => Assert.Equal(expected, CanonicalComposer.Compose(text));

    [Fact]
    public void Constructor_VocabularyWithoutStartToken_IsRefused()
    {
        var files = Files(8);
        var exception = Assert.Throws<InvalidDataException>(() => new ClipTokenizer(files with { Start = "<s>" }));
        Assert.Contains("the vocabulary lacks a token", exception.Message);
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

    /// <summary>"z" is missing, so it is unknown.</summary>
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
        [("a", "b</w>")],
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
