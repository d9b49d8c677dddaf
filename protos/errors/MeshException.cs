namespace SynCxr.Mesh.Errors;

/// <summary>What is wrong with one field; <paramref name="Field"/> is its path as the proto spells it: <c>entities[2].id</c>.</summary>
public sealed record FieldViolation(string Field, string Description);

/// <summary>A refusal that the caller is to see. One server interceptor turns it into a <c>google.rpc.Status</c>.</summary>
public sealed class MeshException : Exception
{
    public MeshException(ErrorReason reason, string message, IReadOnlyList<FieldViolation>? fields = null, TimeSpan? retryAfter = null)
        : base(message)
    {
        Reason = reason;
        Fields = fields ?? [];
        RetryAfter = retryAfter;
    }

    /// <summary>The registered reason.</summary>
    public ErrorReason Reason { get; }

    /// <summary>The fields that are wrong; empty unless the input is bad.</summary>
    public IReadOnlyList<FieldViolation> Fields { get; }

    /// <summary>When to try again, for overload.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Bad input: <paramref name="field"/> is the path as the proto spells it.</summary>
    public static MeshException Invalid(string field, string problem) =>
        new(ErrorReasons.InvalidField, $"{field}: {problem}", [new FieldViolation(field, problem)]);

    /// <summary>A request that can't be met whatever the load.</summary>
    public static MeshException Infeasible(string field, string problem) =>
        new(ErrorReasons.Infeasible, $"{field}: {problem}", [new FieldViolation(field, problem)]);

    /// <summary>No resource of that name; <paramref name="field"/> is where a request that is about something else names it.</summary>
    public static MeshException NotFound(string resource, string? field = null) => field is null
        ? new(ErrorReasons.NotFound, $"{resource} does not exist")
        : new(ErrorReasons.NotFound, $"{field}: {resource} does not exist", [new FieldViolation(field, $"{resource} does not exist")]);

    /// <summary>A full queue, with the time after which a place should be free at the measured drain rate.</summary>
    public static MeshException QueueFull(string queue, TimeSpan retryAfter) =>
        new(ErrorReasons.QueueFull, $"the {queue} queue is full", retryAfter: retryAfter);
}
