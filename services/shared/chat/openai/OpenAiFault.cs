namespace SynCxr.Mesh.Chat.OpenAi;

/// <summary>Whose fault it is that no answer came.</summary>
internal enum OpenAiFaultKind
{
    /// <summary>It passes by itself: the server is busy, or the connection broke.</summary>
    Transient,

    /// <summary>The server failed. It may be the request, so it is sent again a bounded number of times.</summary>
    Retry,

    /// <summary>Key, address, name of the model or settings: no other prompt would fare better.</summary>
    Set,

    /// <summary>This conversation's.</summary>
    Attempt,
}

/// <summary>A call that came to no answer.</summary>
/// <param name="kind">Whose fault it is.</param>
/// <param name="said">What the server said, or how the call ended.</param>
internal sealed class OpenAiFault(OpenAiFaultKind kind, string said, Exception? cause = null) : Exception(said, cause)
{
    public OpenAiFaultKind Kind => kind;

    /// <summary>True where the server has too many calls, so that fewer at once may help.</summary>
    public bool IsBusy { get; init; }

    /// <summary>How long the server asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>One of <see cref="AnswerFaultNames"/>, for <see cref="OpenAiFaultKind.Attempt"/>.</summary>
    public string AnswerFault { get; init; } = "";
}
