namespace SynCxr.Mesh.Messages;

/// <summary>Command: take up a queued training run. The run is a row; a double does nothing.</summary>
public sealed record TrainModel(Guid CorrelationId, string Tenant, string Training);

/// <summary>Event: a model is trained and exported.</summary>
public sealed record ModelTrained(Guid CorrelationId, string Tenant, string Training, string Model, string Digest);

/// <summary>Event: a run ended by an error.</summary>
public sealed record TrainingFailed(Guid CorrelationId, string Tenant, string Training, string Error);
