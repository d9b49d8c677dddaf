namespace SynCxr.Mesh.Errors;

/// <summary>What is wrong with one field.</summary>
/// <param name="Field">Its path as the proto spells it: <c>entities[2].id</c>.</param>
/// <param name="Description">A sentence without its subject, which is the field: "must be at least 1".</param>
public sealed record FieldViolation(string Field, string Description);

/// <summary>
/// An error that the caller is to see. One server interceptor turns it into a <c>google.rpc.Status</c>. Its texts are single lines,
/// whatever of a caller's text is in them: control characters are escaped here, so that no refusal forges a line of a log.
/// </summary>
public sealed class MeshException : Exception
{
    public MeshException(ErrorReason reason, string message, IReadOnlyList<FieldViolation>? fields = null, TimeSpan? retryAfter = null)
        : base(EchoedText.Escape(message))
    {
        Reason = reason;
        Fields = [.. (fields ?? []).Select(f => new FieldViolation(EchoedText.Escape(f.Field), EchoedText.Escape(f.Description)))];
        RetryAfter = retryAfter;
    }

    /// <summary>The registered reason.</summary>
    public ErrorReason Reason { get; }

    /// <summary>The wrong fields; empty unless the input is invalid.</summary>
    public IReadOnlyList<FieldViolation> Fields { get; }

    /// <summary>After what time to try again; null where trying again doesn't help.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Invalid input; <paramref name="field"/> is the path as the proto spells it.</summary>
    public static MeshException Invalid(string field, string problem) =>
        new(ErrorReasons.InvalidField, $"{field}: {problem}", [new FieldViolation(field, problem)]);

    /// <summary>A request that can't be met, however idle the mesh is.</summary>
    public static MeshException Infeasible(string field, string problem) =>
        new(ErrorReasons.Infeasible, $"{field}: {problem}", [new FieldViolation(field, problem)]);

    /// <summary>
    /// No resource has this name; <paramref name="field"/> is the field that names it, where the request is about something else.
    /// </summary>
    public static MeshException NotFound(string resource, string? field = null)
    {
        var problem = $"{EchoedText.Shorten(resource)} does not exist";
        return field is null
            ? new(ErrorReasons.NotFound, problem)
            : new(ErrorReasons.NotFound, $"{field}: {problem}", [new FieldViolation(field, problem)]);
    }

    /// <summary>A full queue; <paramref name="retryAfter"/> is when a place should be free at the measured throughput.</summary>
    public static MeshException QueueFull(string queue, TimeSpan retryAfter) =>
        new(ErrorReasons.QueueFull, $"The {queue} queue is full; try again in {retryAfter.TotalSeconds:0.###} s.", retryAfter: retryAfter);
}
