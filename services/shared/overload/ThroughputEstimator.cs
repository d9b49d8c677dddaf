namespace SynCxr.Mesh.Overload;

/// <summary>
/// How fast a queue is worked off: an exponentially weighted mean of the seconds that a unit of work took, idle time left out.
/// </summary>
internal sealed class ThroughputEstimator
{
    private const double NewestWeight = 0.2;
    private double? _secondsPerUnit;

    /// <param name="units">Work that was done, above 0.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Record(double units, TimeSpan elapsed)
    {
        var seconds = elapsed.TotalSeconds / units;
        _secondsPerUnit = _secondsPerUnit is { } mean ? mean + (NewestWeight * (seconds - mean)) : seconds;
    }

    /// <summary>How long so much work takes, a day at most; null until something was measured.</summary>
    public TimeSpan? EstimateTime(double units) =>
        _secondsPerUnit is { } seconds ? TimeSpan.FromSeconds(Math.Min(units * seconds, 86_400)) : null;
}
