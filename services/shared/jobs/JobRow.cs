namespace SynCxr.Mesh.Jobs;

/// <summary>The state of a job. The numbers are stored: they never change.</summary>
public enum JobStage
{
    Waiting = 1,
    Running = 2,
    Succeeded = 3,
    Failed = 4,
    Cancelled = 5,
}

/// <summary>One job, work longer than a minute: a training, an evaluation. Times are Unix milliseconds.</summary>
public sealed class JobRow
{
    /// <summary>32 hex digits that rise with the time of creation.</summary>
    public required string Id { get; init; }

    /// <summary>The collection of its resource name: <c>trainings</c>. A queue sees only the jobs of its kind.</summary>
    public required string Kind { get; init; }

    public required string Tenant { get; init; }

    /// <summary>What asked for it, unique within a tenant: a request id or an event. Null where no second request can come.</summary>
    public string? Key { get; init; }

    /// <summary>What is to be done, in the service's own JSON; equal texts mean equal work.</summary>
    public required string SpecJson { get; init; }

    /// <summary>Progress and result, in the service's own JSON.</summary>
    public string StatusJson { get; set; } = "";

    public JobStage Stage { get; set; } = JobStage.Waiting;

    /// <summary>Compare-and-set token. Whoever leases the job raises it, so it also identifies the lease.</summary>
    public int Version { get; set; }

    /// <summary>Its owner wants it stopped; the process that runs it sees that at the next heartbeat.</summary>
    public bool CancelAsked { get; set; }

    /// <summary>Why it failed.</summary>
    public string Error { get; set; } = "";

    public required long CreatedMs { get; init; }

    public long? EndedMs { get; set; }

    /// <summary>The process that holds the lease, until <see cref="LeaseUntilMs"/>.</summary>
    public string LeaseOwner { get; set; } = "";

    public long LeaseUntilMs { get; set; }

    /// <summary>Leases that ran out: the process died, or was cut off from the database.</summary>
    public int Losses { get; set; }

    /// <summary>When its end is to be published (again, unless that is confirmed by then); null when nothing is left to publish.</summary>
    public long? PublishDueMs { get; set; }

    public bool HasEnded => Stage is JobStage.Succeeded or JobStage.Failed or JobStage.Cancelled;
}
