using SynCxr.Mesh.Models.Text;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>
/// Makes spans of the tokens of a text as the token-classification pipeline of transformers does (<c>aggregation_strategy</c>): none,
/// simple, first, average, max. Tokens and words labelled <c>O</c> part spans and are dropped.
/// </summary>
/// <param name="labels">The labels by id.</param>
internal sealed class SpanAggregator(TextTokenizer tokenizer, IReadOnlyList<string> labels)
{
    private const string Outside = "O";

    /// <summary>The spans of a text, one row of which, or several that overlap, were classified.</summary>
    /// <param name="strategy">One of <see cref="AggregationNames"/> but <see cref="AggregationNames.Rate"/>.</param>
    /// <param name="text">The text that the offsets count.</param>
    public IReadOnlyList<LabelledSpan> Aggregate(string strategy, string text, IReadOnlyList<IReadOnlyList<TokenPrediction>> rows)
    {
        var spans = rows.SelectMany(row => AggregateRow(strategy, text, [.. row.Where(token => token.Source is not null)]));
        return DropOverlapping(spans, isOverlapping: rows.Count > 1);
    }

    private IEnumerable<LabelledSpan> AggregateRow(string strategy, string text, IReadOnlyList<TokenPrediction> tokens)
    {
        var isByWord = strategy is AggregationNames.First or AggregationNames.Average or AggregationNames.Max;
        var parts = isByWord
            ? GroupWords(text, tokens).Select(word => MakeWord(strategy, text, word)).ToList()
            : [.. tokens.Select(token => Label(token.Probabilities, TextOf(text, token), token.Source!.Value, token.Source.Value))];
        return (strategy == AggregationNames.None ? parts : Join(parts)).Where(span => span.Type != Outside);
    }

    /// <summary>The tokens of each word, by the pipeline's rules, which are not those of the tokenizer.</summary>
    private IEnumerable<List<TokenPrediction>> GroupWords(string text, IReadOnlyList<TokenPrediction> tokens)
    {
        var word = new List<TokenPrediction>();
        foreach (var token in tokens)
        {
            if (word.Count > 0 && !GoesOn(text, token))
            {
                yield return word;
                word = [];
            }
            word.Add(token);
        }
        if (word.Count > 0)
            yield return word;
    }

    private bool GoesOn(string text, TokenPrediction token)
    {
        var (start, end) = (token.Source!.Value.Start, token.Source.Value.End);
        if (token.Id == tokenizer.UnknownId)
            return false;
        if (tokenizer.MarksContinuations)
            return CountCharacters(token.Token) != CountCharacters(text.AsSpan(start, end - start));
        return start > 0 && !text.AsSpan(start - 1, Math.Min(2, text.Length - start + 1)).Contains(' ');
    }

    private LabelledSpan MakeWord(string strategy, string text, List<TokenPrediction> tokens)
    {
        var probabilities = strategy switch
        {
            AggregationNames.First => tokens[0].Probabilities,
            AggregationNames.Max => tokens.MaxBy(token => token.Score)!.Probabilities,
            _ => [.. Enumerable.Range(0, labels.Count).Select(label => tokens.Average(token => token.Probabilities[label]))],
        };
        return Label(probabilities, tokenizer.Join([.. tokens.Select(token => TextOf(text, token))]), tokens[0].Source!.Value,
            tokens[^1].Source!.Value);
    }

    // The span of an unknown token holds what stands in the text.
    private string TextOf(string text, TokenPrediction token) => token.Id == tokenizer.UnknownId
        ? text[token.Source!.Value.Start..token.Source.Value.End] : token.Token;

    private LabelledSpan Label(float[] probabilities, string word, TextToken first, TextToken last)
    {
        var score = probabilities.Max();
        return new LabelledSpan(labels[probabilities.IndexOf(score)], score, word, first.Start, last.End);
    }

    /// <summary>Joins neighbours of one type, unless the later begins a span of its own (B-).</summary>
    private IEnumerable<LabelledSpan> Join(List<LabelledSpan> parts)
    {
        for (var start = 0; start < parts.Count;)
        {
            var end = start + 1;
            while (end < parts.Count && !parts[end].Type.StartsWith("B-", StringComparison.Ordinal)
                && TagOf(parts[end].Type) == TagOf(parts[end - 1].Type))
                end++;
            var joined = parts.Skip(start).Take(end - start).ToList();
            yield return new LabelledSpan(AfterHyphen(joined[0].Type), joined.Average(part => part.Score),
                tokenizer.Join([.. joined.Select(part => part.Word)]), joined[0].Start, joined[^1].End);
            start = end;
        }
    }

    /// <summary>Of spans of several windows that overlap, the longest is kept; of equally long ones the surer.</summary>
    /// <param name="isOverlapping">False where there was one window: its spans are taken as they are.</param>
    public static IReadOnlyList<LabelledSpan> DropOverlapping(IEnumerable<LabelledSpan> spans, bool isOverlapping)
    {
        if (!isOverlapping)
            return [.. spans];
        var kept = new List<LabelledSpan>();
        foreach (var span in spans.OrderBy(span => span.Start)) // stable
        {
            if (kept.Count == 0 || span.Start < kept[^1].Start || span.Start >= kept[^1].End)
                kept.Add(span);
            else if (IsBetter(span, kept[^1]))
                kept[^1] = span;
        }
        return kept;
    }

    private static bool IsBetter(LabelledSpan span, LabelledSpan other)
    {
        var (length, otherLength) = (span.End - span.Start, other.End - other.Start);
        return length > otherLength || (length == otherLength && span.Score > other.Score);
    }

    private static string TagOf(string label) =>
        label.StartsWith("B-", StringComparison.Ordinal) || label.StartsWith("I-", StringComparison.Ordinal) ? label[2..] : label;

    private static string AfterHyphen(string label) => label[(label.IndexOf('-', StringComparison.Ordinal) + 1)..];

    private static int CountCharacters(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }
}
