namespace SynCxr.Mesh.Messages;

/// <summary>
/// Command: evaluate a model. One correlation id makes one evaluation, however often the message comes. An evaluator whose queue is full
/// drops it: send it again until <see cref="EvaluationQueued"/> names its cause, <c>messages/{CorrelationId}</c>.
/// </summary>
/// <param name="Spec">An EvaluationSpec as JSON.</param>
public sealed record EvaluateModel(Guid CorrelationId, string Tenant, string Spec);

/// <summary>
/// Event: the evaluation that something asked for has its resource: it is queued, or has failed because its spec can't be met.
/// </summary>
/// <param name="Cause">What asked for it: a training's name and the number of the evaluation, or <c>messages/{CorrelationId}</c>.</param>
public sealed record EvaluationQueued(Guid CorrelationId, string Tenant, string Evaluation, string Cause);

/// <summary>Event: an evaluation is done.</summary>
public sealed record ModelEvaluated(Guid CorrelationId, string Tenant, string Evaluation, string Cause);

/// <summary>Event: an evaluation failed; <paramref name="Error"/> says why.</summary>
public sealed record EvaluationFailed(Guid CorrelationId, string Tenant, string Evaluation, string Error);
