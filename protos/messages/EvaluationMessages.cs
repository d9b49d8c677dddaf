namespace SynCxr.Mesh.Messages;

/// <summary>
/// Command: take up an evaluation. With <paramref name="Evaluation"/>, one that is queued: a double does nothing. With
/// <paramref name="Spec"/>, an EvaluationSpec as JSON, a new one: a correlation id makes one evaluation, however often it comes.
/// </summary>
public sealed record EvaluateModel(Guid CorrelationId, string Tenant, string Evaluation, string Spec = "");

/// <summary>
/// Event: an evaluation that something asked for is queued, or can't be done, which its resource says. <paramref name="Cause"/> is a
/// resource name.
/// </summary>
public sealed record EvaluationQueued(Guid CorrelationId, string Tenant, string Evaluation, string Cause);

/// <summary>Event: an evaluation is done.</summary>
public sealed record ModelEvaluated(Guid CorrelationId, string Tenant, string Evaluation, string Cause);

/// <summary>Event: an evaluation ended by an error.</summary>
public sealed record EvaluationFailed(Guid CorrelationId, string Tenant, string Evaluation, string Error);
