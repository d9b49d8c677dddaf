namespace SynCxr.Mesh.Models.Text;

/// <summary>Which text of a row loses pieces where it is too long.</summary>
public enum TruncationStrategy
{
    /// <summary>None: the row keeps its length.</summary>
    None,

    /// <summary>The longer one of a pair.</summary>
    LongestFirst,

    /// <summary>The first one only.</summary>
    OnlyFirst,

    /// <summary>The second one only.</summary>
    OnlySecond,
}

/// <summary>How long a row may be.</summary>
/// <param name="MostTokens">Most tokens, special ones included.</param>
/// <param name="Strategy">Which text is cut.</param>
/// <param name="CutsBegin">True where the begin of a text goes, not its end.</param>
public readonly record struct RowLimit(
    int MostTokens, TruncationStrategy Strategy = TruncationStrategy.LongestFirst, bool CutsBegin = false);

/// <summary>Cuts pieces as the library tokenizers does.</summary>
internal static class TokenTruncation
{
    /// <summary>Cuts one or two texts to a number of pieces.</summary>
    /// <param name="room">Most pieces of both. Below 0 nothing is cut, as in the library, where the number wraps.</param>
    /// <exception cref="ArgumentException">The one that is to be cut is not as long as what must go.</exception>
    public static (IReadOnlyList<TextToken> First, IReadOnlyList<TextToken>? Second) Cut(
        IReadOnlyList<TextToken> first, IReadOnlyList<TextToken>? second, int room, RowLimit limit)
    {
        var excess = first.Count + (second?.Count ?? 0) - room;
        if (limit.Strategy == TruncationStrategy.None || room < 0 || excess <= 0)
            return (first, second);
        if (room == 0)
            return ([], second is null ? null : []);
        if (limit.Strategy == TruncationStrategy.LongestFirst)
        {
            if (second is null)
                return (Keep(first, room, limit.CutsBegin), null);
            var (firstRoom, secondRoom) = Share(first.Count, second.Count, room);
            return (Keep(first, firstRoom, limit.CutsBegin), Keep(second, secondRoom, limit.CutsBegin));
        }
        var target = (limit.Strategy == TruncationStrategy.OnlyFirst ? first : second)
            ?? throw new ArgumentException("There is no second text to cut.");
        if (target.Count <= excess)
            throw new ArgumentException("The text that is to be cut is too short for the limit.");
        var kept = Keep(target, target.Count - excess, limit.CutsBegin);
        return limit.Strategy == TruncationStrategy.OnlyFirst ? (kept, second) : (first, kept);
    }

    /// <summary>All windows of a text, each but the last as long as it may be.</summary>
    /// <param name="room">Most pieces of a window.</param>
    /// <param name="stride">Pieces that neighbours share, fewer than <paramref name="room"/>.</param>
    /// <returns>At least one window, from the begin on, or from the end where the begin is cut.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The stride does not fit.</exception>
    public static IEnumerable<IReadOnlyList<TextToken>> Slide(IReadOnlyList<TextToken> tokens, int room, int stride, bool fromEnd)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stride);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stride, room);
        if (tokens.Count <= room)
            return [tokens];
        return fromEnd ? SlideBack() : SlideForth();

        IEnumerable<IReadOnlyList<TextToken>> SlideForth()
        {
            for (var start = 0; ; start += room - stride)
            {
                yield return [.. tokens.Skip(start).Take(room)];
                if (start + room >= tokens.Count)
                    yield break;
            }
        }

        IEnumerable<IReadOnlyList<TextToken>> SlideBack()
        {
            for (var end = tokens.Count; ; end -= room - stride)
            {
                var start = Math.Max(0, end - room);
                yield return [.. tokens.Skip(start).Take(end - start)];
                if (start == 0)
                    yield break;
            }
        }
    }

    // The longer text is cut until both are equally long, then both are.
    private static (int First, int Second) Share(int first, int second, int room)
    {
        var (shorter, longer) = (Math.Min(first, second), Math.Max(first, second));
        longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
            (shorter, longer) = (room / 2, (room / 2) + (room % 2));
        return first > second ? (longer, shorter) : (shorter, longer);
    }

    private static IReadOnlyList<TextToken> Keep(IReadOnlyList<TextToken> tokens, int count, bool cutsBegin) =>
        count >= tokens.Count ? tokens : [.. cutsBegin ? tokens.Skip(tokens.Count - count) : tokens.Take(count)];
}
