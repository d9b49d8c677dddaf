namespace SynCxr.Mesh.Balancer.Canaries;

/// <summary>
/// A cumulative sum (Page 1954) of log likelihood ratios: how much better what was seen fits a judge that is wrong on one canary in ten
/// than one that is wrong as often as is tolerated. It never falls below 0, so that a long good time does not hide a drift.
/// </summary>
internal sealed class CanaryDriftTest(CanaryOptions options)
{
    /// <summary>Share of wrong verdicts that must be found soon.</summary>
    public const double DriftShare = 0.1;

    /// <summary>
    /// At this sum the judge drifts. Chosen by simulation, at the default settings: with one lie in ten 98 of 100 judges are found within
    /// 200 pictures (4,000 runs); of judges that are wrong on one canary in 2,000, 1 in 300 is suspected wrongly within 5,000 pictures, of
    /// those that are always right none.
    /// </summary>
    public const double Limit = 6;

    /// <summary>What a wrong verdict adds.</summary>
    public double WrongStep { get; } = Math.Log(DriftShare / options.ToleratedShare);

    /// <summary>What a right one adds; below 0.</summary>
    public double RightStep { get; } = Math.Log((1 - DriftShare) / (1 - options.ToleratedShare));

    /// <summary>The sum after another canary.</summary>
    public double Add(double sum, bool isWrong) => Math.Max(0, sum + (isWrong ? WrongStep : RightStep));
}
