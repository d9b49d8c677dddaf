namespace SynCxr.Mesh.Overload;

/// <summary>Work done per second while there was work: an exponential mean over turns.</summary>
internal sealed class ThroughputEstimator
{
    private const double NewestWeight = 0.2;
    private double? _secondsPerUnit;

    public void Record(double units, TimeSpan elapsed)
    {
        var seconds = elapsed.TotalSeconds / units;
        _secondsPerUnit = _secondsPerUnit is { } mean ? mean + (NewestWeight * (seconds - mean)) : seconds;
    }

    /// <summary>How long so much work takes; null as long as nothing was measured.</summary>
    public TimeSpan? EstimateTime(double units) => _secondsPerUnit is { } seconds
        ? TimeSpan.FromSeconds(Math.Min(units * seconds, 86_400)) : null;
}
