namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>One source of a mix.</summary>
/// <param name="Pairs">Its pairs.</param>
/// <param name="Share">Its part of all pairs, above 0; the shares of a mix are scaled to sum to 1.</param>
public sealed record PairMixPart(IPairSequence Pairs, double Share);

/// <summary>
/// Mixes several sources. Pair n comes from the source that is furthest behind its share, the first one on a tie, so that after any number
/// of pairs every source has had its share to within one pair.
/// </summary>
public sealed class PairMix
{
    private readonly IReadOnlyList<PairMixPart> _parts;
    private readonly long[] _taken;
    private long _next;

    /// <exception cref="ArgumentException">A share is not above 0.</exception>
    public PairMix(IReadOnlyList<PairMixPart> parts)
    {
        if (parts.Count == 0 || parts.Any(p => p.Share <= 0))
            throw new ArgumentException("A mix needs at least one source, and every share must be above 0", nameof(parts));
        var sum = parts.Sum(p => p.Share);
        (_parts, _taken) = ([.. parts.Select(p => p with { Share = p.Share / sum })], new long[parts.Count]);
    }

    public int Count => _parts.Sum(p => p.Pairs.Count);

    /// <summary>Of the sources, in order.</summary>
    public string Digest => string.Join('+', _parts.Select(p => FormattableString.Invariant($"{p.Pairs.Digest}:{p.Share:R}")));

    /// <summary>Pair <paramref name="number"/>, counted from 0 over the whole run; callers ask in rising order.</summary>
    public TrainingPair GetPair(long number)
    {
        if (number < _next)
            (_next, _) = (0, Reset());
        for (; ; _next++)
        {
            var behind = 0;
            for (var k = 1; k < _parts.Count; k++)
            {
                if (SamplesBehind(k) > SamplesBehind(behind))
                    behind = k;
            }

            var position = _taken[behind]++;
            if (_next == number)
            {
                _next++;
                return _parts[behind].Pairs.GetPair(position);
            }
        }
    }

    /// <summary>Shares for a mix in which every source is passed through equally often: by weight times size.</summary>
    public static IReadOnlyList<PairMixPart> ByEpochs(IReadOnlyList<(IPairSequence Pairs, double Weight)> sources) =>
        [.. sources.Select(s => new PairMixPart(s.Pairs, s.Weight * s.Pairs.Count))];

    /// <summary>Shares for a mix in which every source has its weight of the steps, whatever its size.</summary>
    public static IReadOnlyList<PairMixPart> BySteps(IReadOnlyList<(IPairSequence Pairs, double Weight)> sources) =>
        [.. sources.Select(s => new PairMixPart(s.Pairs, s.Weight))];

    private double SamplesBehind(int part) => _parts[part].Share * (_next + 1) - _taken[part];

    private bool Reset()
    {
        Array.Clear(_taken);
        return true;
    }
}
