using System.IO.Compression;
using SynCxr.Mesh.Models.Tokenizer;

namespace SynCxr.Mesh.Trainer.Tokenizer;

/// <summary>
/// The merges that CLIP was trained with; the file lies in this folder, with its notice. A generator gets those that it needs.
/// </summary>
public static class ClipMerges
{
    /// <summary>Number of tokens of a prompt, start and end included.</summary>
    public const int PromptLength = 77;

    /// <summary>CLIP uses the first merges of the file: 49,408 tokens - 2 x 256 bytes - start and end = 48,894.</summary>
    private const int MergesOfClip = 48_894;

    /// <summary>The tokenizer with all of CLIP's merges.</summary>
    public static ClipTokenizer FullTokenizer { get; } = new(ClipTokenizerFiles.FromMerges(ReadMerges(), PromptLength));

    /// <summary>
    /// A tokenizer with the merges that these texts use, in CLIP's order, and no others: a small vocabulary that splits the texts as the
    /// full one does. No token of CLIP's is made by two merges, so the tokens of the texts tell which merges made them.
    /// </summary>
    public static ClipTokenizer TrimTo(IEnumerable<string> texts)
    {
        var full = FullTokenizer.Files;
        var tokens = full.Vocabulary.ToDictionary(token => token.Value, token => token.Key);
        var mergeOf = full.Merges.Index().ToDictionary(merge => merge.Item.Left + merge.Item.Right, merge => merge.Index,
            StringComparer.Ordinal);
        var used = new SortedSet<int>();
        foreach (var id in texts.SelectMany(FullTokenizer.Encode).Distinct())
            AddMergesOf(tokens[id]);
        return new ClipTokenizer(ClipTokenizerFiles.FromMerges([.. used.Select(index => full.Merges[index])], PromptLength));

        void AddMergesOf(string token)
        {
            if (!mergeOf.TryGetValue(token, out var index) || !used.Add(index))
                return;
            AddMergesOf(full.Merges[index].Left);
            AddMergesOf(full.Merges[index].Right);
        }
    }

    /// <summary>Writes a tokenizer's folder, with the notice that CLIP's merges ask for.</summary>
    public static void WriteWithNotice(ClipTokenizer tokenizer, string folder)
    {
        tokenizer.Files.Write(folder);
        using var notice = OpenResource("LICENSE");
        using var file = File.Create(Path.Combine(folder, "LICENSE"));
        notice.CopyTo(file);
    }

    private static (string, string)[] ReadMerges()
    {
        using var file = OpenResource("bpe_simple_vocab_16e6.txt.gz");
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        text.ReadLine(); // The header.
        return [.. Enumerable.Range(0, MergesOfClip).Select(_ => text.ReadLine()!.Split(' ')).Select(pair => (pair[0], pair[1]))];
    }

    private static Stream OpenResource(string name) =>
        typeof(ClipMerges).Assembly.GetManifestResourceStream("SynCxr.Mesh.Trainer.Tokenizer." + name)
        ?? throw new InvalidOperationException($"The resource {name} is missing from the trainer's assembly.");
}
