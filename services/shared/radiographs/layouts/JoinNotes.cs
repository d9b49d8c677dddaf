using System.Globalization;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Sentences about what was left out when images were joined with the rows of a table.</summary>
internal static class JoinNotes
{
    public static IReadOnlyList<string> UnmatchedImages(int images, int joined, string table) =>
        Describe(images, "images", (images - joined, $"have no row in {Path.GetFileName(table)}"));

    public static IReadOnlyList<string> LeftOut(int rows, params ReadOnlySpan<(int Count, string Why)> reasons) =>
        Describe(rows, "entries", reasons);

    private static List<string> Describe(int all, string what, params ReadOnlySpan<(int Count, string Why)> reasons)
    {
        var notes = new List<string>();
        foreach (var (count, why) in reasons)
        {
            if (count > 0)
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{count} of {all} {what} {why} and were left out."));
        }

        return notes;
    }
}
