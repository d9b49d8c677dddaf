namespace SynCxr.Mesh.Messages;

/// <summary>
/// Command: train a model. One correlation id makes one training, however often the message comes. A trainer whose queue is full drops it:
/// send it again until <see cref="TrainingQueued"/> names its cause, <c>messages/{CorrelationId}</c>.
/// </summary>
/// <param name="Spec">A TrainingSpec as JSON.</param>
public sealed record TrainModel(Guid CorrelationId, string Tenant, string Spec);

/// <summary>
/// Event: the training that something asked for has its resource: it is queued, or has failed because its spec can't be met.
/// </summary>
/// <param name="Cause">What asked for it: a data set's name, or <c>messages/{CorrelationId}</c>.</param>
public sealed record TrainingQueued(Guid CorrelationId, string Tenant, string Training, string Cause);

/// <summary>Event: a model is trained and exported.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Digest">SHA-256 of its folder.</param>
public sealed record ModelTrained(Guid CorrelationId, string Tenant, string Training, string Model, string Digest);

/// <summary>Event: a training failed; <paramref name="Error"/> says why.</summary>
public sealed record TrainingFailed(Guid CorrelationId, string Tenant, string Training, string Error);
