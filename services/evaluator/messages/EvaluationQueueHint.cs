namespace SynCxr.Mesh.Evaluator.Messages;

/// <summary>
/// Hint: an evaluation waits in the queue. A replica that has nothing to do looks at once instead of at its next round; losing it costs
/// only time.
/// </summary>
public sealed record EvaluationQueueHint(Guid CorrelationId, string Tenant, string Evaluation);
