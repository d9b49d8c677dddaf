using SynCxr.Mesh.Balancer.Specs;

namespace SynCxr.Mesh.Balancer.Canaries;

/// <summary>
/// Which verdicts a canary goes with, and which canary: a function of spec, index and attempt, so that a pair that is taken up again, by
/// whatever replica, meets the same one.
/// </summary>
internal sealed class CanarySchedule(CanaryOptions options)
{
    /// <summary>Share of canaries while the judge is suspected: one for each pair.</summary>
    private const double SuspectedShare = 0.5;

    private const string Stage = "canary";

    /// <summary>Whether a canary is sent before the picture of an attempt.</summary>
    /// <param name="isSuspected">True where a canary was judged wrongly not long ago.</param>
    public bool IsDue(string specDigest, long index, int attempt, bool isSuspected)
    {
        var share = options.Share == 0 ? 0 : isSuspected ? SuspectedShare : ShareAt(index);
        // Of n pairs n s / (1 - s) have one, so that a share s of all pictures are canaries.
        return ToUnit(StageSeed.Derive(specDigest, index, Stage, attempt)) < share / (1 - share);
    }

    /// <summary>The number of that canary, for the curation service.</summary>
    public static ulong NumberOf(string specDigest, long index, int attempt) =>
        StageSeed.Derive(specDigest, index, $"{Stage} number", attempt);

    /// <summary>Share of canaries among the pictures about a pair.</summary>
    public double ShareAt(long index) => index < options.SmallPairs ? options.Share
        : Math.Max(Math.Min(options.LeastShare, options.Share), options.Share * options.SmallPairs / index);

    private static double ToUnit(ulong seed) => (seed >> 11) * (1.0 / (1UL << 53));
}
