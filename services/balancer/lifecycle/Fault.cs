using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Lifecycle;

/// <summary>What a failed piece of work means: who bears it, and how it goes on.</summary>
internal enum FaultKind
{
    /// <summary>It may pass by itself: tried again with growing delay, seen as what the data set waits for, never an attempt.</summary>
    Transient,

    /// <summary>
    /// A service does not know this process, as while tokens or certificates are replaced: like <see cref="Transient"/> for
    /// <c>Balancer:UnauthenticatedLimit</c>, then like <see cref="Dataset"/>.
    /// </summary>
    Brief,

    /// <summary>This pair's content: it counts as an attempt, and the pair goes on with the next.</summary>
    Attempt,

    /// <summary>An object that was stored is gone or damaged: it is made again from its seed, and that is recorded.</summary>
    LostObject,

    /// <summary>The data set's: it is paused with the reason until a person resumes it.</summary>
    Dataset,

    /// <summary>The spec can never work: the data set fails.</summary>
    Spec,
}

/// <summary>The work that a fault came from.</summary>
internal enum FaultPlace
{
    /// <summary>Reading what all pairs of a data set depend on from its row.</summary>
    Context,

    /// <summary>A call to the report service.</summary>
    Report,

    /// <summary>A call to the diffusion service.</summary>
    Image,

    /// <summary>A call to the curation service about one image.</summary>
    Verdict,

    /// <summary>The duplicate check of a shard.</summary>
    Duplicates,

    /// <summary>Writing and storing the files of the data set.</summary>
    Sealing,
}

/// <summary>A failed piece of work as <see cref="FaultClassifier"/> sees it.</summary>
/// <param name="Kind">Who bears it.</param>
/// <param name="Reason">A registered reason, or the one that a foreign service gave.</param>
/// <param name="Detail">What is wrong, as whoever found it says it.</param>
internal sealed record Fault(FaultKind Kind, string Reason, string Detail)
{
    /// <summary>For rows, logs and people: one line, no control characters, at most 1000 characters.</summary>
    public string Message => FaultText.Shorten(Detail);

    /// <summary>The gRPC status where a call failed, else the name of the exception; for the log.</summary>
    public string Cause { get; init; } = "";

    /// <summary>What is waited for while it is transient: a service, "database" or "object store".</summary>
    public string WaitsFor { get; init; } = "";

    /// <summary>
    /// Whether it counts for the share of failures that pauses a data set: somebody answered, and the answer is that something is broken.
    /// Nobody there and no room do not count, however long they last.
    /// </summary>
    public bool IsBroken { get; init; }

    /// <summary>The step and the reason of the rejected attempt.</summary>
    public (string Step, string Reason) Rejection { get; init; } = ("", "");

    /// <summary>True where the text was refused, so that the next attempt needs another one and not only another seed.</summary>
    public bool NeedsNewReport { get; init; }

    /// <summary>Paths of the fields that were refused.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>The same fault, its detail after what was being done.</summary>
    public Fault During(string work) => this with { Detail = $"{work}: {(Cause.Length > 0 ? $"{Cause}: " : "")}{Detail}" };

    public static Fault OfDataset(ErrorReason reason, string detail) => new(FaultKind.Dataset, reason.Name, detail);
}

/// <summary>The words of a fault as a row, a log line and a terminal may hold them.</summary>
internal static class FaultText
{
    private const int MaxLength = 1000;

    /// <summary>One line without control characters: what a service answers with is not ours, and PostgreSQL takes no NUL.</summary>
    public static string Shorten(string text)
    {
        var line = string.Create(Math.Min(text.Length, MaxLength), text, static (shown, whole) =>
        {
            for (var i = 0; i < shown.Length; i++)
                shown[i] = char.IsControl(whole[i]) || char.IsSurrogate(whole[i]) ? ' ' : whole[i];
        });
        return text.Length > MaxLength ? line[..(MaxLength - 1)] + "…" : line;
    }
}
