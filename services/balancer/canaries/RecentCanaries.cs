using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Balancer.Canaries;

/// <summary>
/// The last verdicts of this process on canaries of each kind, over all data sets; those before would hide how the judge is now.
/// </summary>
internal sealed class RecentCanaries
{
    private const int MaxOfKind = 200;

    private readonly Lock _lock = new();
    private readonly Queue<bool> _good = new();
    private readonly Queue<bool> _bad = new();

    public void Add(bool isGood, bool isWrong)
    {
        lock (_lock)
        {
            var kind = isGood ? _good : _bad;
            kind.Enqueue(isWrong);
            if (kind.Count > MaxOfKind)
                kind.Dequeue();
        }
    }

    /// <summary>The share of wrong ones of a kind; null before the first.</summary>
    public WilsonInterval? Find(bool isGood)
    {
        lock (_lock)
        {
            var kind = isGood ? _good : _bad;
            return kind.Count == 0 ? null : new WilsonInterval(kind.Count(wrong => wrong), kind.Count);
        }
    }
}
