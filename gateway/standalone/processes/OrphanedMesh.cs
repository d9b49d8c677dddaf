namespace SynCxr.Mesh.Standalone.Processes;

/// <summary>What a <c>mesh up</c> that was killed has left behind: its replicas, and the servers that it started.</summary>
internal sealed class OrphanedMesh(MeshStateFolder files, TimeProvider clock)
{
    private static readonly TimeSpan _drainTimeout = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Tells the replicas to drain, kills those that don't end in time, stops the servers and forgets the mesh. A process that only has the
    /// id of a replica is left alone.
    /// </summary>
    /// <returns>The replicas that still ran.</returns>
    public async Task<IReadOnlyList<ReplicaState>> EndAsync(CancellationToken cancellation)
    {
        var left = files.FindOrphanedReplicas();
        foreach (var replica in left)
            ProcessSignals.Terminate(replica.Pid);
        var start = clock.GetTimestamp();
        while (left.Any(r => ProcessIdentity.IsAlive(r.Pid, r.Start)) && clock.GetElapsedTime(start) < _drainTimeout)
            await Task.Delay(_pollInterval, clock, cancellation);
        foreach (var replica in left.Where(r => ProcessIdentity.IsAlive(r.Pid, r.Start)))
            ProcessSignals.Kill(replica.Pid);
        await BackingServers.StopLeftAsync(files.ServersPath);
        files.Delete();
        return left;
    }
}
