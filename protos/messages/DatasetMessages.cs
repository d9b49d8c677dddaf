namespace SynCxr.Mesh.Messages;

/// <summary>Event: a data set is complete.</summary>
/// <param name="Root">Its Merkle root.</param>
public sealed record DatasetSealed(Guid CorrelationId, string Tenant, string Dataset, string Root);

/// <summary>Event: a data set can't be completed; <paramref name="Error"/> says why.</summary>
public sealed record DatasetFailed(Guid CorrelationId, string Tenant, string Dataset, string Error);

/// <summary>
/// Event: a data set is paused until somebody resumes it; <paramref name="Reason"/> is a registered reason, <paramref name="Error"/> says
/// it in words.
/// </summary>
public sealed record DatasetPaused(Guid CorrelationId, string Tenant, string Dataset, string Reason, string Error);
