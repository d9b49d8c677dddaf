namespace SynCxr.Mesh.Trainer.Messages;

/// <summary>
/// Hint: a training waits in the queue. A replica that has nothing to do looks at once instead of at its next round; losing it costs only
/// time.
/// </summary>
public sealed record TrainingQueueHint(Guid CorrelationId, string Tenant, string Training);
