namespace SynCxr.Mesh.Database.Work;

/// <summary>What asked for work, so that it is done once however often it is asked for.</summary>
/// <param name="Text">As the row keeps it.</param>
/// <param name="IsRequest">True for a request id, which a client may use for another body by mistake; an event is always the same one.</param>
public sealed record WorkKey(string Text, bool IsRequest)
{
    private const string Event = "event/";

    /// <returns>Null for an empty id: the client does not mind a second time.</returns>
    public static WorkKey? OfRequest(string requestId) => requestId.Length == 0 ? null : new WorkKey($"request/{requestId}", true);

    /// <param name="cause">A resource, or a message.</param>
    public static WorkKey OfEvent(string cause) => new(Event + cause, false);

    /// <summary>The cause of a row that an event asked for; empty for any other.</summary>
    public static string CauseOf(WorkRow row) => row.Key is { } key && key.StartsWith(Event, StringComparison.Ordinal) ? key[Event.Length..] : "";
}
