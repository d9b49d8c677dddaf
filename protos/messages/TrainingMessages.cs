namespace SynCxr.Mesh.Messages;

/// <summary>
/// Command: take up a training run. With <paramref name="Training"/>, one that is queued: a double does nothing. With
/// <paramref name="Spec"/>, a TrainingSpec as JSON, a new one: a correlation id makes one run, however often it comes.
/// </summary>
public sealed record TrainModel(Guid CorrelationId, string Tenant, string Training, string Spec = "");

/// <summary>
/// Event: a run that something asked for is queued, or can't be done, which its resource says. <paramref name="Cause"/> is a resource name.
/// </summary>
public sealed record TrainingQueued(Guid CorrelationId, string Tenant, string Training, string Cause);

/// <summary>Event: a model is trained and exported.</summary>
public sealed record ModelTrained(Guid CorrelationId, string Tenant, string Training, string Model, string Digest);

/// <summary>Event: a run ended by an error.</summary>
public sealed record TrainingFailed(Guid CorrelationId, string Tenant, string Training, string Error);
