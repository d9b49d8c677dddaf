namespace SynCxr.Mesh.SealedDatasets;

/// <summary>What this run spent on a pair: a row of <c>run.parquet</c>.</summary>
public sealed record RunRecord
{
    public required long Index { get; init; }

    public required string Tenant { get; init; }

    /// <summary>Name of the machine that did the last step.</summary>
    public required string Host { get; init; }

    /// <summary>Calls in all, those that failed for a time included.</summary>
    public required int Tries { get; init; }

    /// <summary>Milliseconds of all calls to the report service.</summary>
    public required long ReportMs { get; init; }

    /// <summary>Milliseconds of all calls to the diffusion service.</summary>
    public required long ImageMs { get; init; }

    /// <summary>Milliseconds of all calls to the curation service.</summary>
    public required long CurationMs { get; init; }

    /// <summary>When the last step was done, Unix milliseconds.</summary>
    public required long DoneUnixMs { get; init; }
}
