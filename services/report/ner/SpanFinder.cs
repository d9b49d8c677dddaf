using SynCxr.Mesh.Models.Text;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>Finds the spans of a text with a model: in windows where the text is longer than the model takes.</summary>
/// <param name="aggregation">One of <see cref="AggregationNames"/>.</param>
/// <param name="stride">Tokens that neighbouring windows share.</param>
/// <param name="slices">Says how many windows are computed side by side.</param>
internal sealed class SpanFinder(NerModel model, string aggregation, int stride, RowSliceRunner slices)
{
    private readonly SpanAggregator _aggregator = new(model.Tokenizer, model.Labels);

    /// <summary>The spans in text order, offsets in UTF-16 units of the text. Their types are those of the labels.</summary>
    public async Task<IReadOnlyList<LabelledSpan>> FindAsync(string text, CancellationToken cancellation)
    {
        var rows = model.Tokenizer.EncodeWindows(text, model.MostTokens, stride);
        var predictions = await slices.RunAsync<TextRow, TokenPrediction[]>(rows,
            rows.Select((_, row) => new RowSlice([row], 1)), slice => [.. slice.Select(model.Classify)], cancellation);
        return aggregation == AggregationNames.Rate
            ? SpanAggregator.DropOverlapping(predictions.SelectMany(FindRateSpans), isOverlapping: rows.Count > 1)
            : _aggregator.Aggregate(aggregation, text, predictions);
    }

    private IEnumerable<LabelledSpan> FindRateSpans(TokenPrediction[] row)
    {
        string[] tokens = [.. row.Select(token => token.Token)];
        foreach (var (first, last, type) in RateSpanJoiner.Join(tokens, [.. row.Select(token => model.Labels[token.Best])]))
        {
            var part = row[first..(last + 1)];
            if (part[0].Source is { } begin && part[^1].Source is { } end)
                yield return new LabelledSpan(type, part.Average(token => token.Score), model.Tokenizer.Join(tokens[first..(last + 1)]),
                    begin.Start, end.End);
        }
    }
}
