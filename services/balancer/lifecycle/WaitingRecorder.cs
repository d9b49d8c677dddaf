using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>
/// Says in a data set's row what its work waits for. It is written at the first fault and then at most once a second for each data set and
/// process, whatever number of pairs wait; a process that dies takes at most a second of its count with it.
/// </summary>
internal sealed class WaitingRecorder(MeshDatabase<BalancerDb> rows, TimeProvider clock)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <summary>Those that a pair's steps ask: the success of one says nothing about the others.</summary>
    private static readonly string[] _services = ["report", "diffusion", "curation"];

    private readonly ConcurrentDictionary<string, Unwritten> _unwritten = new(StringComparer.Ordinal);

    public async Task RecordAsync(string dataset, Fault fault)
    {
        var pending = _unwritten.GetOrAdd(dataset, _ => new Unwritten());
        long tries;
        lock (pending)
        {
            pending.Tries++;
            if (pending.WrittenAt is { } last && clock.GetElapsedTime(last) < _interval)
                return;
            (tries, pending.Tries, pending.WrittenAt) = (pending.Tries, 0, clock.GetTimestamp());
        }

        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await rows.TransactAsync(
            db => db.Datasets.Where(d => d.Id == dataset && (d.Stage == DatasetStage.Assembling || d.Stage == DatasetStage.Sealing))
                .ExecuteUpdateAsync(s => s
                    .SetProperty(d => d.WaitingFor, fault.WaitsFor)
                    .SetProperty(d => d.WaitingReason, fault.Reason)
                    .SetProperty(d => d.WaitingMessage, fault.Message)
                    .SetProperty(d => d.WaitingSinceMs, d => d.WaitingTries == 0 ? now : d.WaitingSinceMs)
                    .SetProperty(d => d.WaitingTries, d => d.WaitingTries + tries)),
            CancellationToken.None);
    }

    /// <summary>Work of the data set succeeded, within the transaction that says so: nothing is waited for any more.</summary>
    /// <param name="service">
    /// The service that did it. Another one that is still waited for stays; a wait for anything but a service ends with any success.
    /// </param>
    public static Task ClearAsync(BalancerDb db, string dataset, string service)
    {
        var others = _services.Where(s => s != service).ToArray();
        return db.Datasets.Where(d => d.Id == dataset && d.WaitingTries > 0 && !others.Contains(d.WaitingFor))
            .ExecuteUpdateAsync(s => s.SetProperty(d => d.WaitingTries, 0));
    }

    private sealed class Unwritten
    {
        public long Tries { get; set; }

        public long? WrittenAt { get; set; }
    }
}
