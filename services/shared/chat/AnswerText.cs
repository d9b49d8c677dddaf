using System.Text;

namespace SynCxr.Mesh.Chat;

/// <summary>Collects the pieces of one answer.</summary>
public sealed class AnswerText
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _reasoning = new();

    /// <summary>The text so far, without white space at either end.</summary>
    public string Text => _text.ToString().Trim();

    /// <summary>The model's thoughts; null where it sent none.</summary>
    public string? Reasoning => _reasoning.Length == 0 ? null : _reasoning.ToString().Trim();

    /// <summary>The model that answered, as its server says; null where nobody says it.</summary>
    public string? ServedModel { get; private set; }

    /// <summary>Why the text can't be used; null while nothing is against it.</summary>
    public AnswerFault? Fault { get; private set; }

    /// <summary>Takes the next piece.</summary>
    public void Add(AnswerPiece piece)
    {
        if (piece.Restarted)
            _text.Clear();
        _text.Append(piece.Text);
        _reasoning.Append(piece.Reasoning);
        if (piece.ServedModel.Length > 0)
            ServedModel = piece.ServedModel;
        Fault ??= piece.Fault;
    }
}
