namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>How long work waits after a fault that may pass: twice as long after each in a row, 30 s at most.</summary>
internal static class RetryDelayPolicy
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <param name="first">After the first fault: <c>Balancer:RetryAfter</c>.</param>
    /// <param name="tries">Faults in a row before this one.</param>
    public static TimeSpan DelayAfter(TimeSpan first, int tries) =>
        TimeSpan.FromTicks(Math.Min(Longest.Ticks, first.Ticks << Math.Min(tries, 12)));
}
