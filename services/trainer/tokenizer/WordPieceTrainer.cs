using System.Text;
using SynCxr.Mesh.Torch.Tokenizer;

namespace SynCxr.Mesh.Trainer.Tokenizer;

/// <summary>
/// Trains a word-piece vocabulary: every character of the texts, then repeatedly the join of the most frequent pair of neighbouring pieces.
/// Ties go to the pair that is first in ordinal order, so the same texts give the same file.
/// </summary>
public static class WordPieceTrainer
{
    /// <param name="size">Most entries, special tokens included; fewer if no pair occurs twice any more.</param>
    public static IReadOnlyList<string> Train(IEnumerable<string> texts, int size)
    {
        var words = Count(texts).OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => (Pieces: Characters(w.Key), w.Value)).ToArray();
        var characters = words.SelectMany(w => w.Pieces).SelectMany(p => new[] { p[^1..], "##" + p[^1..] }).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        List<string> vocabulary = [.. WordPieceTokenizer.SpecialTokens, .. characters];
        while (vocabulary.Count < size && Best(words) is var (left, right))
        {
            vocabulary.Add(left + right[2..]);
            foreach (var (pieces, _) in words)
                Join(pieces, left, right);
        }

        return [.. vocabulary.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Words as BERT's basic tokenizer finds them: lower case, letters and digits together, every other mark alone.</summary>
    private static Dictionary<string, int> Count(IEnumerable<string> texts)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var word = new StringBuilder();
            foreach (var c in text.ToLowerInvariant().Append(' '))
            {
                if (char.IsLetterOrDigit(c))
                {
                    word.Append(c);
                    continue;
                }

                Add(word.ToString());
                word.Clear();
                if (!char.IsWhiteSpace(c))
                    Add(c.ToString());
            }
        }

        return counts;

        void Add(string word)
        {
            if (word.Length > 0)
                counts[word] = counts.GetValueOrDefault(word) + 1;
        }
    }

    private static List<string> Characters(string word) => [.. word.Select((c, i) => i == 0 ? c.ToString() : "##" + c)];

    private static (string Left, string Right)? Best((List<string> Pieces, int Count)[] words)
    {
        var pairs = new Dictionary<(string, string), int>();
        foreach (var (pieces, count) in words)
        {
            for (var i = 1; i < pieces.Count; i++)
                pairs[(pieces[i - 1], pieces[i])] = pairs.GetValueOrDefault((pieces[i - 1], pieces[i])) + count;
        }

        var best = pairs.Where(p => p.Value > 1).OrderByDescending(p => p.Value)
            .ThenBy(p => p.Key.Item1, StringComparer.Ordinal).ThenBy(p => p.Key.Item2, StringComparer.Ordinal).Take(1).ToArray();
        return best.Length == 0 ? null : best[0].Key;
    }

    private static void Join(List<string> pieces, string left, string right)
    {
        for (var i = 0; i + 1 < pieces.Count; i++)
        {
            if (pieces[i] != left || pieces[i + 1] != right)
                continue;
            pieces[i] = left + right[2..];
            pieces.RemoveAt(i + 1);
        }
    }
}
