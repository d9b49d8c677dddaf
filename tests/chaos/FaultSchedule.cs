using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>
/// Which replica or message a fault hits, and when: follows from the seed and the fault's name, so that a run can be repeated.
/// </summary>
internal sealed class FaultSchedule(string fault)
{
    private readonly Random _random = new((int)(PeerOptions.Hash($"{Seed}|{fault}") & int.MaxValue));

    /// <summary><c>--seed</c> of <c>run.sh</c>.</summary>
#pragma warning disable RS0030 // a test has no options to bind
    public static string Seed { get; } = Environment.GetEnvironmentVariable("SYNCXR_CHAOS_SEED") ?? "1";
#pragma warning restore RS0030

    /// <summary>A number from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public int NextBetween(int first, int last) => _random.Next(first, last + 1);

    public T[] Shuffle<T>(T[] items)
    {
        _random.Shuffle(items);
        return items;
    }
}
