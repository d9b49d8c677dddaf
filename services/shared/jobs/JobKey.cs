namespace SynCxr.Mesh.Jobs;

/// <summary>What asked for a job, so that it is done once however often it is asked for.</summary>
/// <param name="Text">As it is stored.</param>
/// <param name="IsRequest">True for a request id, which a client may use for another body by mistake; an event is always the same
/// one.</param>
public sealed record JobKey(string Text, bool IsRequest)
{
    private const string EventPrefix = "event/";

    /// <returns>Null for an empty id: the client accepts that a repeated request makes a second job.</returns>
    public static JobKey? ForRequest(string requestId) => requestId.Length == 0 ? null : new JobKey($"request/{requestId}", true);

    /// <param name="cause">Name of a resource or a message.</param>
    public static JobKey ForEvent(string cause) => new(EventPrefix + cause, false);

    /// <summary>The cause of a job that an event asked for; empty for any other.</summary>
    public static string GetCause(JobRow row) => row.Key is { } key && key.StartsWith(EventPrefix, StringComparison.Ordinal)
        ? key[EventPrefix.Length..] : "";
}
