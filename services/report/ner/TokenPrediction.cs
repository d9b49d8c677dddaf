using SynCxr.Mesh.Models.Text;

namespace SynCxr.Mesh.Report.Ner;

/// <summary>What a token classifier says of one token of a row.</summary>
/// <param name="Token">The token's text in the vocabulary.</param>
/// <param name="Source">Where it stands; null for a special token around the text.</param>
/// <param name="Probabilities">One a label, adding up to 1.</param>
internal sealed record TokenPrediction(string Token, int Id, TextToken? Source, float[] Probabilities)
{
    /// <summary>The label of the highest probability; of two that are equal the first.</summary>
    public int Best { get; } = Probabilities.IndexOf(Probabilities.Max());

    public float Score => Probabilities[Best];
}

/// <summary>A stretch of a text with its type.</summary>
/// <param name="Type">The label without B- and I-; with it where tokens are not joined.</param>
/// <param name="Word">The tokens joined by the tokenizer: blanks can be lost.</param>
/// <param name="Start">Offset of the first character, in UTF-16 units.</param>
/// <param name="End">The unit after the last one.</param>
internal sealed record LabelledSpan(string Type, float Score, string Word, int Start, int End);
