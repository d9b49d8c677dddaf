using System.Globalization;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Sentences about what was left out when images were joined with the rows of a table.</summary>
internal static class JoinNotes
{
    public static IReadOnlyList<string> UnmatchedImages(int images, int joined, string table) =>
        Describe(images, "images", (images - joined, $"have no row in {Path.GetFileName(table)}"));

    public static IReadOnlyList<string> LeftOut(int rows, params ReadOnlySpan<(int Count, string Why)> left) =>
        Describe(rows, "entries", left);

    private static List<string> Describe(int all, string what, params ReadOnlySpan<(int Count, string Why)> left)
    {
        var notes = new List<string>();
        foreach (var (count, why) in left)
        {
            if (count > 0)
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"{count} of {all} {what} {why} and were left out."));
        }

        return notes;
    }
}
