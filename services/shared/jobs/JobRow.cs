namespace SynCxr.Mesh.Jobs;

/// <summary>Where a piece of work is in its life. Numbers are stored: they never change.</summary>
public enum JobStage
{
    Waiting = 1,
    Running = 2,
    Succeeded = 3,
    Failed = 4,
    Cancelled = 5,
}

/// <summary>Work longer than a minute: a training run, an evaluation. Times are Unix milliseconds.</summary>
public sealed class JobRow
{
    /// <summary>32 hex digits that rise with the time of creation.</summary>
    public required string Id { get; init; }

    /// <summary>What the resources are called: <c>trainings</c>. A queue sees the rows of its kind only.</summary>
    public required string Kind { get; init; }

    public required string Tenant { get; init; }

    /// <summary>What asked for it, once per tenant: a request id or an event; null when nothing that may come twice did.</summary>
    public string? Key { get; init; }

    /// <summary>What is to be done, as the service spells it; equal texts mean equal work.</summary>
    public required string SpecJson { get; init; }

    /// <summary>How far it is and what came of it, as the service spells it.</summary>
    public string StatusJson { get; set; } = "";

    public JobStage Stage { get; set; } = JobStage.Waiting;

    /// <summary>Compare-and-set token. Whoever takes the row raises it, so it also names the lease.</summary>
    public int Version { get; set; }

    /// <summary>Its owner wants it stopped; who runs it sees that at the next heartbeat.</summary>
    public bool CancelAsked { get; set; }

    /// <summary>Why it failed.</summary>
    public string Error { get; set; } = "";

    public required long CreatedMs { get; init; }

    public long? EndedMs { get; set; }

    /// <summary>The process that runs it, and until when nobody else may.</summary>
    public string LeaseOwner { get; set; } = "";

    public long LeaseUntilMs { get; set; }

    /// <summary>Leases that ran out: processes that died over it, or were cut off.</summary>
    public int Losses { get; set; }

    /// <summary>When its end is told, again if nobody has confirmed it by then; null when there is nothing left to tell.</summary>
    public long? TellMs { get; set; }

    public bool HasEnded => Stage is JobStage.Succeeded or JobStage.Failed or JobStage.Cancelled;
}
