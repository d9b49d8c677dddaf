namespace SynCxr.Mesh.Overload;

/// <summary>
/// When the refused may come again, from the measured drain rate. Each is promised the next place that comes free, so that a crowd that was
/// refused together does not come back together. Who would have to wait for longer than a whole queue takes to drain is told between half
/// of that time and all of it, evenly spread. Not synchronised.
/// </summary>
internal sealed class RetryAfterPolicy(TimeProvider time)
{
    private const double GoldenRatioFraction = 0.6180339887498949;
    private DateTimeOffset _lastPromised;
    private uint _spreadIndex;

    /// <param name="first">Until the next place comes free.</param>
    /// <param name="each">Between two places.</param>
    /// <param name="whole">Until a full queue has drained.</param>
    public TimeSpan Next(TimeSpan first, TimeSpan each, TimeSpan whole)
    {
        var now = time.GetUtcNow();
        var place = _lastPromised + each > now + first ? _lastPromised + each : now + first;
        if (place - now > (whole > first ? whole : first))
            return whole * (0.5 + (0.5 * (_spreadIndex++ * GoldenRatioFraction % 1)));
        _lastPromised = place;
        return place - now;
    }
}
