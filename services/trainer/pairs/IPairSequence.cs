using SynCxr.Mesh.Torch.Tokenizer;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>An image and the texts that go with it.</summary>
/// <param name="Pixels">8-bit gray, row-major, a square of the model's side.</param>
/// <param name="Texts">Wordings of the pair, at least one; each step picks one of them.</param>
public sealed record TrainingPair(ReadOnlyMemory<byte> Pixels, IReadOnlyList<WordPieceTokens> Texts);

/// <summary>
/// Image–text pairs in an endless order, epoch after epoch, that is a function of data and seed alone: position 700 is the same pair after
/// a resume as without.
/// </summary>
public interface IPairSequence
{
    /// <summary>Pairs of an epoch.</summary>
    int Count { get; }

    /// <summary>SHA-256 of what they are made of, lower-case hex.</summary>
    string Digest { get; }

    /// <summary>The pair at a position. Callers use one thread and rising positions.</summary>
    TrainingPair GetPair(long position);
}
