namespace SynCxr.Mesh.Chat;

/// <summary>A piece of a model's answer. The texts joined are the answer.</summary>
/// <param name="Text">More of the answer; may be empty.</param>
public readonly record struct AnswerPiece(string Text)
{
    /// <summary>More of the model's thoughts, which are no part of the answer.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>The model that the server says answers; empty where this piece does not say it.</summary>
    public string ServedModel { get; init; } = "";

    /// <summary>True where the text of the pieces before is void and the answer begins anew with this one.</summary>
    public bool Restarted { get; init; }

    /// <summary>Why the text, as it ended, can't be used; null while nothing is against it. The last piece of an answer.</summary>
    public AnswerFault? Fault { get; init; }
}
