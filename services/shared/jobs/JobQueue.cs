using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Jobs;

/// <summary>
/// The jobs of one kind. Every step is a compare-and-set on <see cref="JobRow.Version"/>: of two processes, one succeeds.
/// </summary>
public sealed class JobQueue(MeshDatabase<JobDb> database, string kind, JobOptions options, ReplicaIdentity replica, TenantWeights weights,
    TimeProvider clock)
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromMinutes(1);

    /// <param name="kind">The collection of their resource names: <c>trainings</c>.</param>
    /// <param name="file">The database file, for SQLite.</param>
    /// <param name="weights">How much each tenant gets while several wait.</param>
    public static JobQueue Open(string kind, JobOptions options, string file, ReplicaIdentity replica, TenantWeights weights,
        TimeProvider clock) => new(JobDb.Open(options, file, clock), kind, options, replica, weights, clock);

    /// <summary>
    /// Waits for the database and brings the tables up to date. A SQLite file has one process, so a lease that is found in it was left
    /// behind: its job is free at once.
    /// </summary>
    public async Task InitializeAsync(ServerWait wait, CancellationToken cancellation)
    {
        await database.OpenAsync(wait, cancellation);
        if (database.IsShared)
            return;
        await database.TransactAsync(
            db => JobsOfKind(db).Where(r => r.Stage == JobStage.Running).ExecuteUpdateAsync(s => s.SetProperty(r => r.LeaseUntilMs, 0),
                cancellation), cancellation);
        await database.TransactAsync(
            db => JobsOfKind(db).Where(r => r.PublishDueMs != null).ExecuteUpdateAsync(s => s.SetProperty(r => r.PublishDueMs, 0),
                cancellation),
            cancellation);
    }

    /// <summary>Adds a job, or finds the one that was added with the same key.</summary>
    /// <param name="key">What asks for it, where it may ask twice.</param>
    /// <param name="error">Why the job can't be done, where that is known already: it is added as failed, and its end is published.</param>
    /// <param name="admission">What decides by the other jobs; null where nothing does.</param>
    /// <exception cref="MeshException">QUEUE_FULL; REQUEST_ID_REUSED, when the request id was used with another spec; or what the admission
    /// refuses with.</exception>
    public Task<JobRow> AddAsync(string tenant, JobKey? key, string specJson, string? error, JobAdmission? admission,
        CancellationToken cancellation)
    {
        var now = NowMs();
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString("n");
        var text = key?.Text;
        return database.TransactAsync(
            async db =>
            {
                if (text is not null && await JobsOfKind(db).FirstOrDefaultAsync(r => r.Tenant == tenant && r.Key == text,
                    cancellation) is { } added)
                    return !key!.IsRequest || (admission?.RemoveDecision(added.SpecJson) ?? added.SpecJson) == specJson
                        ? added : throw RequestIdReused();
                if (await JobsOfKind(db).FirstOrDefaultAsync(r => r.Id == id, cancellation) is { } committed)
                    return committed; // an earlier run of this transaction went through, and only its answer was lost
                // before the room: a caller who is told to come again must not learn then that it never could
                var spec = admission is null ? specJson : await DecideAsync(db, tenant, admission, cancellation);
                if (error is null && !await HasRoomAsync(db, tenant, cancellation))
                    throw MeshException.QueueFull(kind, _retryAfter);
                var row = new JobRow
                {
                    Id = id,
                    Kind = kind,
                    Tenant = tenant,
                    Key = text,
                    SpecJson = spec,
                    CreatedMs = now,
                };
                if (error is not null)
                {
                    row.Stage = JobStage.Failed;
                    row.Error = error;
                    row.EndedMs = now;
                    row.PublishDueMs = 0;
                }

                db.Add(row);
                await db.SaveChangesAsync(cancellation);
                return row;
            },
            cancellation);
    }

    /// <exception cref="MeshException">NOT_FOUND: the tenant has no such job.</exception>
    public async Task<JobRow> GetAsync(string tenant, string id, CancellationToken cancellation)
    {
        await using var db = database.CreateContext();
        return await JobsOfKind(db).FirstOrDefaultAsync(r => r.Id == id && r.Tenant == tenant, cancellation)
            ?? throw MeshException.NotFound($"{kind}/{id}");
    }

    /// <summary>Newest first.</summary>
    /// <param name="from">Id of the first job; empty for the newest.</param>
    public async Task<IReadOnlyList<JobRow>> ListAsync(string tenant, string from, int count, CancellationToken cancellation)
    {
        await using var db = database.CreateContext();
        return await JobsOfKind(db).Where(r => r.Tenant == tenant && (from == "" || string.Compare(r.Id, from) <= 0))
            .OrderByDescending(r => r.Id).Take(count).ToListAsync(cancellation);
    }

    /// <summary>Cancels a job that waits, and asks the process that runs one to stop. One that has ended stays as it is.</summary>
    public async Task<JobRow> CancelAsync(string tenant, string id, CancellationToken cancellation)
    {
        await GetAsync(tenant, id, cancellation);
        await database.TransactAsync(
            async db => await JobsOfKind(db).Where(r => r.Id == id && r.Stage == JobStage.Waiting).ExecuteUpdateAsync(
                    s => s.SetProperty(r => r.Stage, JobStage.Cancelled).SetProperty(r => r.EndedMs, NowMs())
                        .SetProperty(r => r.Version, r => r.Version + 1), cancellation)
                + await JobsOfKind(db).Where(r => r.Id == id && r.Stage == JobStage.Running)
                    .ExecuteUpdateAsync(s => s.SetProperty(r => r.CancelAsked, true), cancellation),
            cancellation);
        return await GetAsync(tenant, id, cancellation);
    }

    /// <summary>
    /// Leases a job that no process works on; null when there is none. Tenants take turns: the one that has had the fewest jobs done for
    /// its weight, since all that now wait have waited together, comes next. Of a tenant, the oldest.
    /// </summary>
    public async Task<JobRow?> LeaseNextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var now = NowMs();
            JobRow? row;
            await using (var db = database.CreateContext())
                row = await FindNextAsync(db, now, cancellation);
            if (row is null)
                return null;
            var seenVersion = row.Version;
            row.Losses += row.Stage == JobStage.Running ? 1 : 0;
            row.Stage = JobStage.Running;
            row.Version++;
            row.LeaseOwner = replica.Name;
            row.LeaseUntilMs = now + LeaseMs();
            var taken = await database.TransactAsync(
                db => Available(db, now).Where(r => r.Id == row.Id && r.Version == seenVersion).ExecuteUpdateAsync(
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

    /// <summary>The heartbeat: extends the lease and stores the progress.</summary>
    /// <returns>True when the job's owner wants it stopped; null when another process holds the lease by now.</returns>
    public async Task<bool?> RenewLeaseAsync(JobRow row, string statusJson, CancellationToken cancellation)
    {
        var until = NowMs() + LeaseMs();
        var renewed = await database.TransactAsync(
            db => LeasedBy(db, row)
                .ExecuteUpdateAsync(s => s.SetProperty(r => r.LeaseUntilMs, until).SetProperty(r => r.StatusJson, statusJson),
                    cancellation), cancellation);
        if (renewed == 0)
            return null;
        await using var db = database.CreateContext();
        return await LeasedBy(db, row).Select(r => (bool?)r.CancelAsked).FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Stores the end of a job.</summary>
    /// <returns>False when another process holds the lease by now: nothing is stored.</returns>
    public async Task<bool> EndAsync(JobRow row, JobStage stage, string statusJson, string error)
    {
        var now = NowMs();
        long? publishDue = stage == JobStage.Cancelled ? null : 0;
        return await database.TransactAsync(
            db => LeasedBy(db, row).ExecuteUpdateAsync(s => s
                .SetProperty(r => r.Stage, stage)
                .SetProperty(r => r.StatusJson, statusJson)
                .SetProperty(r => r.Error, error)
                .SetProperty(r => r.EndedMs, now)
                .SetProperty(r => r.PublishDueMs, publishDue)
                .SetProperty(r => r.Version, r => r.Version + 1)),
            CancellationToken.None) > 0;
    }

    /// <summary>Gives a job back to the queue: the first process that looks takes it up.</summary>
    public Task ReleaseAsync(JobRow row, string statusJson) => database.TransactAsync(
        db => LeasedBy(db, row).ExecuteUpdateAsync(s => s
            .SetProperty(r => r.Stage, JobStage.Waiting)
            .SetProperty(r => r.StatusJson, statusJson)
            .SetProperty(r => r.LeaseUntilMs, 0)
            .SetProperty(r => r.Version, r => r.Version + 1)),
        CancellationToken.None);

    /// <summary>Ended jobs whose messages are due; each is claimed, so that one process publishes them.</summary>
    public async Task<IReadOnlyList<JobRow>> ClaimDuePublishesAsync(CancellationToken cancellation)
    {
        var now = NowMs();
        var claimed = new List<JobRow>();
        List<JobRow> due;
        await using (var db = database.CreateContext())
            due = await JobsOfKind(db).Where(r => r.PublishDueMs <= now).OrderBy(r => r.PublishDueMs).Take(100).ToListAsync(cancellation);
        foreach (var row in due)
        {
            if (await SetPublishDueAsync(row, now + (long)options.OverdueAfter.TotalMilliseconds, cancellation))
                claimed.Add(row);
        }

        return claimed;
    }

    /// <summary>Sets when a job's end is published again; null for never.</summary>
    /// <returns>False when another process changed it first.</returns>
    public async Task<bool> SetPublishDueAsync(JobRow row, long? dueMs, CancellationToken cancellation)
    {
        var seen = row.PublishDueMs;
        var moved = await database.TransactAsync(
            db => JobsOfKind(db).Where(r => r.Id == row.Id && r.PublishDueMs == seen)
                .ExecuteUpdateAsync(s => s.SetProperty(r => r.PublishDueMs, dueMs), cancellation), cancellation);
        if (moved > 0)
            row.PublishDueMs = dueMs;
        return moved > 0;
    }

    /// <summary>What a job's end asked for is under way: its end is published no more.</summary>
    public Task ConfirmAsync(string tenant, string id, CancellationToken cancellation) => database.TransactAsync(
        db => JobsOfKind(db).Where(r => r.Id == id && r.Tenant == tenant)
            .ExecuteUpdateAsync(s => s.SetProperty(r => r.PublishDueMs, (long?)null),
            cancellation), cancellation);

    private async Task<string> DecideAsync(JobDb db, string tenant, JobAdmission admission, CancellationToken cancellation)
    {
        await database.LockAsync(db, $"{kind}/{tenant}/{admission.Lock}", cancellation);
        return admission.Decide(await JobsOfKind(db).Where(r => r.Tenant == tenant && r.SpecJson.Contains(admission.SpecPart))
            .OrderBy(r => r.Id).ToListAsync(cancellation));
    }

    private async Task<JobRow?> FindNextAsync(JobDb db, long now, CancellationToken cancellation)
    {
        var heads = await Available(db, now).GroupBy(r => r.Tenant).Select(g => g.OrderBy(r => r.Id).First()).ToListAsync(cancellation);
        if (heads.Count < 2)
            return heads.FirstOrDefault();
        var together = heads.Max(r => r.CreatedMs);
        var tenants = heads.Select(r => r.Tenant).ToArray();
        var served = await JobsOfKind(db).Where(r => tenants.Contains(r.Tenant))
            .Where(r => (r.Stage == JobStage.Running && r.LeaseUntilMs >= now) || r.EndedMs >= together)
            .GroupBy(r => r.Tenant).Select(g => new { Tenant = g.Key, Count = g.Count() })
            .ToDictionaryAsync(g => g.Tenant, g => g.Count, StringComparer.Ordinal, cancellation);
        return heads.OrderBy(r => served.GetValueOrDefault(r.Tenant) / weights.WeightOf(r.Tenant)).ThenBy(r => r.Id, StringComparer.Ordinal)
            .First();
    }

    private async Task<bool> HasRoomAsync(JobDb db, string tenant, CancellationToken cancellation)
    {
        var waiting = JobsOfKind(db).Where(r => r.Stage == JobStage.Waiting);
        return TenantQueuePolicy.HasRoom(await waiting.CountAsync(r => r.Tenant == tenant, cancellation),
            await waiting.CountAsync(cancellation), options.QueueLimit, isRetry: true);
    }

    private IQueryable<JobRow> JobsOfKind(JobDb db) => db.Jobs.Where(r => r.Kind == kind);

    /// <summary>
    /// A job waits while another one with the same spec runs: both would write the same folder. Of a tenant every process leases the oldest
    /// job first, so two equal jobs are never leased in the same moment.
    /// </summary>
    private IQueryable<JobRow> Available(JobDb db, long now) =>
        JobsOfKind(db).Where(r => r.Stage == JobStage.Waiting || (r.Stage == JobStage.Running && r.LeaseUntilMs < now))
            .Where(r => !JobsOfKind(db)
                .Any(o => o.Id != r.Id && o.Tenant == r.Tenant && o.SpecJson == r.SpecJson && o.Stage == JobStage.Running
                    && o.LeaseUntilMs >= now));

    private IQueryable<JobRow> LeasedBy(JobDb db, JobRow row) =>
        JobsOfKind(db).Where(r => r.Id == row.Id && r.Version == row.Version && r.Stage == JobStage.Running);

    private static MeshException RequestIdReused() =>
        new(ErrorReasons.RequestIdReused, "request_id: this id was used with another request before; use a new one",
            [new FieldViolation("request_id", "this id was used with another request before; use a new one")]);

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private long LeaseMs() => (long)options.Lease.TotalMilliseconds;
}
