using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Labelling;

/// <summary>A sentence of a cleaned text, and what it says of a phrase in it.</summary>
internal sealed class LabelSentence
{
    /// <summary>Most words between a phrase and the "or" or "versus" that joins it with another.</summary>
    private const int MaxJoinWords = 3;

    private static readonly string[] _heartWords =
    [
        "cardiomediastinal", "pericardial", "mediastinal", "mediastinum", "cardiomediastinum", "contour", "configuration", "silhouette",
        "size", "heart", "shadow",
    ];

    private static readonly string[] _stableWords = ["stable", "unchanged", "similar"];
    private static readonly string[] _joins = ["or", "versus", "vs"];

    private readonly ReportToken[] _tokens;
    private readonly SentencePolarity _polarity;

    public LabelSentence(ReportToken[] tokens)
    {
        _tokens = tokens;
        _polarity = new SentencePolarity(tokens, CueFinder.Chexpert.Find(tokens));
    }

    /// <param name="phrase">As its file spells it, with blanks.</param>
    /// <param name="at">Where it begins in the text.</param>
    public LabelValue ValueOf(string phrase, int at)
    {
        var start = Array.FindIndex(_tokens, t => t.End > at);
        var end = Array.FindLastIndex(_tokens, t => t.Start < at + phrase.TrimEnd().Length) + 1;
        return _polarity.CertaintyOf(start, end) switch
        {
            Certainty.Absent => LabelValue.Negative,
            Certainty.Uncertain => LabelValue.Uncertain,
            _ => IsStableHeart(start, end) || IsJoined(start, end) ? LabelValue.Uncertain : LabelValue.Positive,
        };
    }

    /// <summary>"The cardiac silhouette is stable" says neither that it is enlarged nor that it is not.</summary>
    private bool IsStableHeart(int start, int end) =>
        Array.Exists(_tokens[start..end], t => _heartWords.Contains(t.Normalized))
        && Array.Exists(_tokens, t => _stableWords.Contains(t.Normalized) || t.Normalized == "change");

    /// <summary>"Atelectasis or pneumonia": one of the two.</summary>
    private bool IsJoined(int start, int end) => HasJoin(end, 1) || HasJoin(start - 1, -1);

    private bool HasJoin(int from, int step)
    {
        for (var words = 0; words <= MaxJoinWords; words++)
        {
            var at = from + (words * step);
            if (at < 0 || at >= _tokens.Length || !_tokens[at].IsWord)
                return false;
            if (_joins.Contains(_tokens[at].Normalized))
                return true;
        }

        return false;
    }
}
