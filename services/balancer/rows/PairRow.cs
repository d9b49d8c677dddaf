using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>Where a pair is in its life. Numbers are stored and ordered: all below <see cref="Judged"/> need work.</summary>
internal enum PairStage
{
    /// <summary>Waits for its report.</summary>
    Planned = 1,

    /// <summary>Waits for its image.</summary>
    Reported = 2,

    /// <summary>Waits for its verdict.</summary>
    Rendered = 3,

    /// <summary>Judged well; waits for the duplicate check of its shard.</summary>
    Judged = 4,

    /// <summary>Rejected as often as the cap allows; waits for another entity set.</summary>
    Exhausted = 5,

    /// <summary>In the data set.</summary>
    Accepted = 6,
}

/// <summary>One pair. Everything above <see cref="DueMs"/> is a pure function of the spec; below is what this run cost.</summary>
internal sealed class PairRow
{
    public required string Dataset { get; init; }

    public required long Index { get; init; }

    public required string Tenant { get; init; }

    public required int Shard { get; init; }

    public PairStage Stage { get; set; } = PairStage.Planned;

    /// <summary>Compare-and-set token: every step raises it.</summary>
    public int Version { get; set; }

    /// <summary>Attempts rejected so far: the number of the attempt under way.</summary>
    public int Attempt { get; set; }

    /// <summary>Entity sets replaced so far.</summary>
    public int SetNumber { get; set; }

    /// <summary>Entity ids, a JSON list.</summary>
    public required string EntitiesJson { get; set; }

    /// <summary>Attempt that the report was written in.</summary>
    public int ReportAttempt { get; set; }

    /// <summary>The report service's answer, canonical JSON; empty before.</summary>
    public string ReportJson { get; set; } = "";

    public string Findings { get; set; } = "";

    public string Impression { get; set; } = "";

    /// <summary>SHA-256 of the PNG in the object store.</summary>
    public string ImageSha256 { get; set; } = "";

    public long ImageSize { get; set; }

    /// <summary>The diffusion service's description, canonical JSON.</summary>
    public string ImageJson { get; set; } = "";

    public bool PromptTruncated { get; set; }

    /// <summary>The verdict, canonical JSON.</summary>
    public string VerdictJson { get; set; } = "";

    /// <summary>Features of the image, float32 little-endian.</summary>
    public byte[] Embedding { get; set; } = [];

    /// <summary>When its message is overdue and is published again.</summary>
    public long DueMs { get; set; }

    /// <summary>The replica whose window its message counts in.</summary>
    public string ClaimedBy { get; set; } = "";

    /// <summary>Tries in a row that ended in a transient failure.</summary>
    public int Tries { get; set; }

    /// <summary>Tries in all.</summary>
    public int TriesInAll { get; set; }

    /// <summary>How often its image was lost or damaged in the object store and was rendered again from the same seed.</summary>
    public int LostImages { get; set; }

    /// <summary>How often since it was judged, rejected or resumed last.</summary>
    public int LostInRow { get; set; }

    public long ReportMs { get; set; }

    public long ImageMs { get; set; }

    public long CurationMs { get; set; }

    public long DoneMs { get; set; }

    public string Host { get; set; } = "";

    /// <summary>The image in the object store.</summary>
    public ImageRef ToImageRef() => ObjectAddress.Create(Tenant, ImageSha256, "image.sha256").ToReference("image/png", ImageSize);

    public PairRow Copy() => (PairRow)MemberwiseClone();
}

/// <summary>A rejected attempt.</summary>
internal sealed class RejectRow
{
    public required string Dataset { get; init; }

    public required long Index { get; init; }

    public required int Attempt { get; init; }

    public required string Tenant { get; init; }

    /// <summary>"report", "image" or "duplicate".</summary>
    public required string Step { get; init; }

    /// <summary>Why, a JSON list.</summary>
    public required string ReasonsJson { get; init; }

    public required string EntitiesJson { get; init; }

    public string Findings { get; init; } = "";

    public string Impression { get; init; } = "";

    public string ImageSha256 { get; init; } = "";

    public string ImageJson { get; init; } = "";

    /// <summary>The verdict or the similarity that rejected it, canonical JSON.</summary>
    public string EvidenceJson { get; init; } = "";

    public required long AtMs { get; init; }
}
