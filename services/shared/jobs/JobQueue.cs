using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Jobs;

/// <summary>The rows of one kind. Every step is a compare-and-set on <see cref="JobRow.Version"/>: of two processes one makes it.</summary>
public sealed class JobQueue(MeshDatabase<JobDb> rows, string kind, JobOptions options, ReplicaIdentity replica, TimeProvider clock)
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromMinutes(1);

    /// <param name="kind">What the resources are called.</param>
    /// <param name="file">For SQLite.</param>
    public static JobQueue Open(string kind, JobOptions options, string file, ReplicaIdentity replica, TimeProvider clock) =>
        new(JobDb.Open(options, file, clock), kind, options, replica, clock);

    /// <summary>
    /// Brings the tables up to date. A file has no other process that could hold a lease on it, so what is leased there was left behind.
    /// </summary>
    public async Task InitializeAsync(CancellationToken cancellation)
    {
        await rows.MigrateAsync(cancellation);
        if (rows.IsShared)
            return;
        await rows.TransactAsync(
            db => JobsOfKind(db).Where(r => r.Stage == JobStage.Running).ExecuteUpdateAsync(s => s.SetProperty(r => r.LeaseUntilMs, 0),
                cancellation), cancellation);
        await rows.TransactAsync(
            db => JobsOfKind(db).Where(r => r.TellMs != null).ExecuteUpdateAsync(s => s.SetProperty(r => r.TellMs, 0), cancellation),
            cancellation);
    }

    /// <summary>Adds a row, or finds the one that the key made.</summary>
    /// <param name="key">What asks for it, if that may come twice.</param>
    /// <param name="error">It can't be done: the row has failed at once, and its end is told.</param>
    /// <exception cref="MeshException">QUEUE_FULL; or REQUEST_ID_REUSED, when the request id asked for something else before.</exception>
    public Task<JobRow> AddAsync(string tenant, JobKey? key, string specJson, string? error, CancellationToken cancellation)
    {
        var (now, id, text) = (NowMs(), Guid.CreateVersion7(clock.GetUtcNow()).ToString("n"), key?.Text);
        return rows.TransactAsync(
            async db =>
            {
                if (text is not null && await JobsOfKind(db).FirstOrDefaultAsync(r => r.Tenant == tenant && r.Key == text,
                    cancellation) is { } made)
                    return !key!.IsRequest || made.SpecJson == specJson ? made : throw RequestIdReused();
                if (await JobsOfKind(db).FirstOrDefaultAsync(r => r.Id == id, cancellation) is { } committed)
                    return committed; // only the answer was lost
                if (error is null && await JobsOfKind(db).CountAsync(r => r.Stage == JobStage.Waiting, cancellation) >= options.QueueLimit)
                    throw MeshException.QueueFull(kind, _retryAfter);
                var row = new JobRow { Id = id, Kind = kind, Tenant = tenant, Key = text, SpecJson = specJson, CreatedMs = now };
                if (error is not null)
                    (row.Stage, row.Error, row.EndedMs, row.TellMs) = (JobStage.Failed, error, now, 0);
                db.Add(row);
                await db.SaveChangesAsync(cancellation);
                return row;
            },
            cancellation);
    }

    /// <exception cref="MeshException">NOT_FOUND for the tenant.</exception>
    public async Task<JobRow> GetAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return await JobsOfKind(db).FirstOrDefaultAsync(r => r.Id == id && r.Tenant == tenant, cancellation)
            ?? throw MeshException.NotFound($"{kind}/{id}");
    }

    /// <summary>Newest first.</summary>
    /// <param name="from">Id of the first one; empty for the newest.</param>
    public async Task<IReadOnlyList<JobRow>> ListAsync(string tenant, string from, int count, CancellationToken cancellation)
    {
        await using var db = rows.CreateContext();
        return await JobsOfKind(db).Where(r => r.Tenant == tenant && (from == "" || string.Compare(r.Id, from) <= 0))
            .OrderByDescending(r => r.Id).Take(count).ToListAsync(cancellation);
    }

    /// <summary>Ends a row that waits, and asks whoever runs one to stop. One that has ended stays as it is.</summary>
    public async Task<JobRow> CancelAsync(string tenant, string id, CancellationToken cancellation)
    {
        await GetAsync(tenant, id, cancellation);
        await rows.TransactAsync(
            async db => await JobsOfKind(db).Where(r => r.Id == id && r.Stage == JobStage.Waiting).ExecuteUpdateAsync(
                    s => s.SetProperty(r => r.Stage, JobStage.Cancelled).SetProperty(r => r.EndedMs, NowMs())
                        .SetProperty(r => r.Version, r => r.Version + 1), cancellation)
                + await JobsOfKind(db).Where(r => r.Id == id && r.Stage == JobStage.Running)
                    .ExecuteUpdateAsync(s => s.SetProperty(r => r.CancelAsked, true), cancellation),
            cancellation);
        return await GetAsync(tenant, id, cancellation);
    }

    /// <summary>Leases the oldest row that nobody works on; null when there is none.</summary>
    public async Task<JobRow?> LeaseNextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var now = NowMs();
            JobRow? row;
            await using (var db = rows.CreateContext())
                row = await Available(db, now).OrderBy(r => r.Id).FirstOrDefaultAsync(cancellation);
            if (row is null)
                return null;
            var (seen, lost) = (row.Version, row.Stage == JobStage.Running ? 1 : 0);
            (row.Stage, row.Version, row.LeaseOwner, row.LeaseUntilMs, row.Losses) = (JobStage.Running, seen + 1, replica.Name,
                now + LeaseMs(), row.Losses + lost);
            var taken = await rows.TransactAsync(
                db => Available(db, now).Where(r => r.Id == row.Id && r.Version == seen).ExecuteUpdateAsync(
                    s => s.SetProperty(r => r.Stage, JobStage.Running)
                        .SetProperty(r => r.Version, row.Version)
                        .SetProperty(r => r.LeaseOwner, row.LeaseOwner)
                        .SetProperty(r => r.LeaseUntilMs, row.LeaseUntilMs)
                        .SetProperty(r => r.Losses, row.Losses),
                    cancellation),
                cancellation);
            if (taken == 1)
                return row;
        }
    }

    /// <summary>The heartbeat: moves the end of the lease and keeps how far the work is.</summary>
    /// <returns>Whether the owner wants it stopped; null when the lease is somebody else's by now.</returns>
    public async Task<bool?> RenewLeaseAsync(JobRow row, string statusJson, CancellationToken cancellation)
    {
        var until = NowMs() + LeaseMs();
        var renewed = await rows.TransactAsync(
            db => LeasedBy(db, row)
                .ExecuteUpdateAsync(s => s.SetProperty(r => r.LeaseUntilMs, until).SetProperty(r => r.StatusJson, statusJson),
                    cancellation), cancellation);
        if (renewed == 0)
            return null;
        await using var db = rows.CreateContext();
        return await LeasedBy(db, row).Select(r => (bool?)r.CancelAsked).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>The end of the work, if the lease is still ours.</summary>
    public async Task<bool> EndAsync(JobRow row, JobStage stage, string statusJson, string error)
    {
        var now = NowMs();
        long? tell = stage == JobStage.Cancelled ? null : 0;
        return await rows.TransactAsync(
            db => LeasedBy(db, row).ExecuteUpdateAsync(s => s
                .SetProperty(r => r.Stage, stage)
                .SetProperty(r => r.StatusJson, statusJson)
                .SetProperty(r => r.Error, error)
                .SetProperty(r => r.EndedMs, now)
                .SetProperty(r => r.TellMs, tell)
                .SetProperty(r => r.Version, r => r.Version + 1)),
            CancellationToken.None) > 0;
    }

    /// <summary>Gives a row back: whoever comes first takes it up at once.</summary>
    public Task ReleaseAsync(JobRow row, string statusJson) => rows.TransactAsync(
        db => LeasedBy(db, row).ExecuteUpdateAsync(s => s
            .SetProperty(r => r.Stage, JobStage.Waiting)
            .SetProperty(r => r.StatusJson, statusJson)
            .SetProperty(r => r.LeaseUntilMs, 0)
            .SetProperty(r => r.Version, r => r.Version + 1)),
        CancellationToken.None);

    /// <summary>Ended rows whose messages are due; each is claimed, so that one process publishes them.</summary>
    public async Task<IReadOnlyList<JobRow>> ClaimDuePublishesAsync(CancellationToken cancellation)
    {
        var (now, claimed) = (NowMs(), new List<JobRow>());
        List<JobRow> due;
        await using (var db = rows.CreateContext())
            due = await JobsOfKind(db).Where(r => r.TellMs <= now).OrderBy(r => r.TellMs).Take(100).ToListAsync(cancellation);
        foreach (var row in due)
        {
            if (await SetPublishDueAsync(row, now + (long)options.OverdueAfter.TotalMilliseconds, cancellation))
                claimed.Add(row);
        }

        return claimed;
    }

    /// <summary>Sets when a row is told again; null for never.</summary>
    /// <returns>False when somebody else moved it first.</returns>
    public async Task<bool> SetPublishDueAsync(JobRow row, long? tellMs, CancellationToken cancellation)
    {
        var seen = row.TellMs;
        var moved = await rows.TransactAsync(
            db => JobsOfKind(db).Where(r => r.Id == row.Id && r.TellMs == seen)
                .ExecuteUpdateAsync(s => s.SetProperty(r => r.TellMs, tellMs), cancellation), cancellation);
        if (moved > 0)
            row.TellMs = tellMs;
        return moved > 0;
    }

    /// <summary>What a row's end asked for is under way: it is told no more.</summary>
    public Task ConfirmAsync(string tenant, string id, CancellationToken cancellation) => rows.TransactAsync(
        db => JobsOfKind(db).Where(r => r.Id == id && r.Tenant == tenant).ExecuteUpdateAsync(s => s.SetProperty(r => r.TellMs, (long?)null),
            cancellation), cancellation);

    private IQueryable<JobRow> JobsOfKind(JobDb db) => db.Jobs.Where(r => r.Kind == kind);

    /// <summary>
    /// Equal work waits for its twin, since both keep what they have on disk in one place. Everybody takes the oldest, so two are never
    /// taken at one moment.
    /// </summary>
    private IQueryable<JobRow> Available(JobDb db, long now) =>
        JobsOfKind(db).Where(r => r.Stage == JobStage.Waiting || (r.Stage == JobStage.Running && r.LeaseUntilMs < now))
            .Where(r => !JobsOfKind(db)
                .Any(o => o.Id != r.Id && o.Tenant == r.Tenant && o.SpecJson == r.SpecJson && o.Stage == JobStage.Running
                    && o.LeaseUntilMs >= now));

    private IQueryable<JobRow> LeasedBy(JobDb db, JobRow row) =>
        JobsOfKind(db).Where(r => r.Id == row.Id && r.Version == row.Version && r.Stage == JobStage.Running);

    private static MeshException RequestIdReused() =>
        new(ErrorReasons.RequestIdReused, "request_id: was used with another body",
            [new FieldViolation("request_id", "was used with another body")]);

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private long LeaseMs() => (long)options.Lease.TotalMilliseconds;
}
