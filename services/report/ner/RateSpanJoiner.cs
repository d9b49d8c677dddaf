namespace SynCxr.Mesh.Report.Ner;

/// <summary>A span of tokens of a row, both ends included.</summary>
internal readonly record struct TokenSpan(int First, int Last, string Type);

/// <summary>
/// Makes spans of labels as RaTEScore does with what RaTE-NER finds (Zhao et al. 2024), which is not what the pipeline of transformers
/// does: what a label means depends on the one behind it. A B ends itself where O or another B follows. An I never begins a span, and its
/// own type counts only where a B follows: it ends the open span, and one of its type begins at it, which that B replaces.
/// </summary>
internal static class RateSpanJoiner
{
    private const string Outside = "O", Begin = "B-", Inside = "I-";
    private static readonly string[] _skipped = ["[CLS]", "[SEP]"];

    /// <param name="tokens">The tokens of a row, special ones included.</param>
    /// <param name="labels">Their labels.</param>
    public static List<TokenSpan> Join(IReadOnlyList<string> tokens, IReadOnlyList<string> labels)
    {
        var spans = new List<TokenSpan>();
        int? start = null;
        var (type, hasEnded) = ("", false);
        for (var i = 0; i < labels.Count - 1; i++)
        {
            var (label, next) = (labels[i], labels[i + 1]);
            if (label == Outside || _skipped.Contains(tokens[i]))
                continue;
            var (begins, inside) = (StartsWith(label, Begin), StartsWith(label, Inside));
            if (begins && !StartsWith(next, Inside))
                spans.Add(new TokenSpan(i, i, label[2..]));
            else if (inside && !StartsWith(next, Inside) && start is { } open)
                spans.Add(new TokenSpan(open, i, type));
            if ((begins || inside) && StartsWith(next, Outside))
                (start, hasEnded) = (null, false);
            else if (begins || (inside && StartsWith(next, Begin)))
                (start, type, hasEnded) = (i, label[2..], hasEnded || StartsWith(next, Begin));
        }

        // One that is open at the end of the text lasts to it, unless another one ended since the last O.
        if (start is { } last && !hasEnded)
            spans.Add(new TokenSpan(last, tokens.Count - 2, type));
        return spans;
    }

    private static bool StartsWith(string label, string mark) => label.StartsWith(mark, StringComparison.Ordinal);
}
