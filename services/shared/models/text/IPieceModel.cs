namespace SynCxr.Mesh.Models.Text;

/// <summary>A piece of a word.</summary>
/// <param name="Length">UTF-16 units of the word that it covers.</param>
internal readonly record struct WordPart(int Id, int Length);

/// <summary>Splits a word into pieces of a vocabulary.</summary>
internal interface IPieceModel
{
    /// <summary>Ids by piece.</summary>
    IReadOnlyDictionary<string, int> Vocabulary { get; }

    int UnknownId { get; }

    /// <summary>What marks a piece that goes on a word; empty where pieces carry no such mark.</summary>
    string ContinuationMark { get; }

    /// <summary>The pieces in order; together they cover the word.</summary>
    IReadOnlyList<WordPart> Split(string word);
}
