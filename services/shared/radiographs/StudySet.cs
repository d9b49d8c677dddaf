using System.Globalization;

namespace SynCxr.Mesh.Radiographs;

/// <summary>Rows or files of a source that gave no study, for one reason.</summary>
/// <param name="Count">How many.</param>
/// <param name="All">Of how many.</param>
/// <param name="What">What they are: images, entries, rows.</param>
/// <param name="Why">The reason, as the rest of a sentence: <c>have no row in labels.csv</c>.</param>
/// <param name="First">Where the first of them are: a file, or a line of a table.</param>
public sealed record LeftOutCount(int Count, int All, string What, string Why, IReadOnlyList<string> First)
{
    public string Sentence => string.Create(CultureInfo.InvariantCulture, $"{Count} of {All} {What} {Why} and were left out.");
}

/// <summary>What a layout found.</summary>
/// <param name="Studies">In ordinal order of their ids.</param>
/// <param name="Notes">Sentences for the user: which images were left out, and why.</param>
public sealed record StudySet(IReadOnlyList<Study> Studies, IReadOnlyList<string> Notes)
{
    /// <summary>Most places of left-out rows or files that a remark names.</summary>
    private const int MostPlaces = 3;

    /// <summary>Every row and file that gave no study, by its reason: also rows about images that are not in the folder.</summary>
    public IReadOnlyList<LeftOutCount> LeftOut { get; init; } = [];

    /// <summary>How the labels of several raters were joined, one of <see cref="RaterPolicyNames"/>; null where no image has
    /// several.</summary>
    public string? RaterPolicy { get; init; }

    /// <summary>All that the user should be told: the notes, and what was left out besides them.</summary>
    public IReadOnlyList<string> Remarks =>
        [.. Notes, .. LeftOut.Where(l => !Notes.Contains(l.Sentence)).Select(Describe)];

    private static string Describe(LeftOutCount left) => left.First.Count == 0 ? left.Sentence
        : $"{left.Sentence[..^1]}: {string.Join(", ", left.First.Take(MostPlaces))}{(left.Count > MostPlaces ? ", …" : "")}.";
}
