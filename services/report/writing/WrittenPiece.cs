namespace SynCxr.Mesh.Report.Writing;

/// <summary>A piece of what a writer sends for one attempt. The texts joined are the attempt's text.</summary>
/// <param name="Text">More of the section; may be empty.</param>
public readonly record struct WrittenPiece(string Text)
{
    /// <summary>More of the model's thoughts, which are no part of the section.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>The model that the server says answers; empty where this piece does not say it.</summary>
    public string ServedModel { get; init; } = "";

    /// <summary>True where the text of the pieces before is void and the section begins anew with this one.</summary>
    public bool Restarted { get; init; }

    /// <summary>Why the text, as it ended, can't be a section; null while nothing is against it. The last piece of an attempt.</summary>
    public AttemptFault? Fault { get; init; }
}
