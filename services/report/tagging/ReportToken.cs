namespace SynCxr.Mesh.Report.Tagging;

/// <summary>A word or a mark of a report.</summary>
/// <param name="Normalized">The word in lower case and in the singular; a mark as it is, any dash as <c>-</c>.</param>
/// <param name="Start">Offset in the text as it was given, in UTF-16 units.</param>
/// <param name="Length">Length in the text, in UTF-16 units: with the line break inside a word that is parted at the end of a line.</param>
/// <param name="Roles">What the word does in a sentence.</param>
internal readonly record struct ReportToken(string Normalized, int Start, int Length, WordRoles Roles = WordRoles.None)
{
    public int End => Start + Length;

    public bool Is(WordRoles role) => (Roles & role) != 0;

    public bool IsWord => char.IsLetterOrDigit(Normalized[0]);
}
