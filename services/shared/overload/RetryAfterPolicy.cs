namespace SynCxr.Mesh.Overload;

/// <summary>
/// When refused callers may come again. Each is promised the next place that comes free, so that callers that were refused together don't
/// come back together. Where that would be later than a whole queue takes to drain, the caller is told a time between half of that and all
/// of it, evenly spread by the golden ratio. Not thread-safe: the owner locks.
/// </summary>
internal sealed class RetryAfterPolicy(TimeProvider time)
{
    private const double GoldenRatioFraction = 0.6180339887498949;
    private DateTimeOffset _lastPromised;
    private uint _spreadIndex;

    /// <param name="untilFirst">Time until the next place comes free.</param>
    /// <param name="betweenPlaces">Time between two places that come free.</param>
    /// <param name="wholeQueue">Time until a full queue has drained.</param>
    /// <returns>How long the refused caller should wait.</returns>
    public TimeSpan Next(TimeSpan untilFirst, TimeSpan betweenPlaces, TimeSpan wholeQueue)
    {
        var now = time.GetUtcNow();
        var place = _lastPromised + betweenPlaces > now + untilFirst ? _lastPromised + betweenPlaces : now + untilFirst;
        if (place - now > (wholeQueue > untilFirst ? wholeQueue : untilFirst))
            return wholeQueue * (0.5 + (0.5 * (_spreadIndex++ * GoldenRatioFraction % 1)));
        _lastPromised = place;
        return place - now;
    }
}
