using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Counts the rows or files of a source that give no study, by their reason.</summary>
/// <param name="what">What is counted: images, entries, rows.</param>
internal sealed class LeftOutCounter(string what)
{
    /// <summary>Most places that are kept of a reason.</summary>
    private const int MostPlaces = 10;

    private readonly List<(string Why, List<string> Places)> _reasons = [];
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <param name="why">The reason, as the rest of a sentence: <c>have no image</c>.</param>
    /// <param name="place">A file, or a line of a table.</param>
    public void Add(string why, string place)
    {
        if (!_counts.TryAdd(why, 1))
            _counts[why]++;
        else
            _reasons.Add((why, []));
        var places = _reasons.Find(r => r.Why == why).Places;
        if (places.Count < MostPlaces)
            places.Add(EchoedText.Shorten(place));
    }

    /// <param name="all">Of how many.</param>
    public IReadOnlyList<LeftOutCount> Count(int all) =>
        [.. _reasons.Select(r => new LeftOutCount(_counts[r.Why], all, what, r.Why, r.Places))];
}
