using System.Text;

namespace SynCxr.Mesh.Chat.OpenAi;

/// <summary>
/// Parts a model's thoughts from its text where a server sends both as one: <c>&lt;think&gt;…&lt;/think&gt;</c> and its like, in whatever
/// pieces they come.
/// </summary>
internal sealed class ReasoningSplitter
{
    private static readonly (string Open, string Close)[] _tags =
        [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>"), ("[THINK]", "[/THINK]")];

    private readonly StringBuilder _text = new();
    private string _pending = "";
    private string? _close;

    /// <summary>The pieces that are certain after more of the content has come.</summary>
    public IEnumerable<AnswerPiece> Add(string content)
    {
        _pending += content;
        while (NextTag() is { } tag)
        {
            var before = _pending[..tag.At];
            _pending = _pending[(tag.At + tag.Text.Length)..];
            if (_close is not null)
                yield return new AnswerPiece("") { Reasoning = before };
            else if (tag.IsOpen)
                yield return Say(before);
            else
                yield return TakeBack(before); // the template of the prompt opened the thoughts
            _close = tag.IsOpen ? tag.Closer : null;
        }

        var certain = _pending.Length - LengthOfPartialTag();
        if (certain == 0)
            yield break;
        yield return _close is null ? Say(_pending[..certain]) : new AnswerPiece("") { Reasoning = _pending[..certain] };
        _pending = _pending[certain..];
    }

    /// <summary>What was kept back, in case it was the beginning of a tag.</summary>
    public AnswerPiece Complete()
    {
        var rest = _pending;
        _pending = "";
        return _close is null ? Say(rest) : new AnswerPiece("") { Reasoning = rest };
    }

    private AnswerPiece Say(string text)
    {
        _text.Append(text);
        return new AnswerPiece(text);
    }

    private AnswerPiece TakeBack(string before)
    {
        var thoughts = _text.Append(before).ToString();
        _text.Clear();
        return new AnswerPiece("") { Reasoning = thoughts, Restarted = true };
    }

    private (int At, string Text, bool IsOpen, string Closer)? NextTag()
    {
        var found = _tags
            .SelectMany(t => _close is null ? new[] { (t.Open, true, t.Close), (t.Close, false, t.Close) } : [(t.Close, false, t.Close)])
            .Where(t => _close is null || t.Item1 == _close)
            .Select(t => (At: _pending.IndexOf(t.Item1, StringComparison.Ordinal), Text: t.Item1, IsOpen: t.Item2, Closer: t.Item3))
            .Where(t => t.At >= 0).OrderBy(t => t.At).ToList();
        return found.Count == 0 ? null : found[0];
    }

    private int LengthOfPartialTag()
    {
        var tags = _close is null ? _tags.SelectMany(t => new[] { t.Open, t.Close }) : [_close];
        return tags.Max(tag => Enumerable.Range(0, Math.Min(tag.Length, _pending.Length + 1))
            .LastOrDefault(n => _pending.AsSpan(_pending.Length - n).SequenceEqual(tag.AsSpan(0, n))));
    }
}
