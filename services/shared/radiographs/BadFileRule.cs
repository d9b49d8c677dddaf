using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts;

namespace SynCxr.Mesh.Radiographs;

/// <summary>
/// Reads every image of a set before anything is done with one, so that all that can't be read are told at once, or skipped and counted.
/// </summary>
public static class BadFileRule
{
    /// <summary>Most files that a refusal names, and the bytes that they may take: a refusal has room for 1,024.</summary>
    private const int MostNamed = 20, MostBytes = 700;

    /// <summary>Most files that a note names.</summary>
    private const int MostNoted = 5;

    /// <summary>Decodes each image and mask of a set once, and keeps neither.</summary>
    /// <param name="field">The request's field that names the source.</param>
    /// <exception cref="MeshException">INVALID_FIELD: names the images that can't be read, unless they are to be skipped and others are
    /// left.</exception>
    public static StudySet Check(StudySet set, RadiographSource source, string field, CancellationToken cancellation)
    {
        if (source.Layout == DataLayoutNames.SealedDataset)
            return set; // verified when it was opened
        var (read, notes) = LoadAll(set.Studies, s => s.Id, study =>
        {
            if (study.HasImage)
                study.LoadImage(field);
            study.LoadMask(field);
            return study;
        }, source.BadFiles, field, $"{field}.bad_files", cancellation);
        return set with { Studies = read, Notes = [.. set.Notes, .. notes] };
    }

    /// <summary>Loads each item.</summary>
    /// <param name="items">The items, one an image.</param>
    /// <param name="name">What messages call an item.</param>
    /// <param name="load">Loads one; a <see cref="MeshException"/> says why it can't be read.</param>
    /// <param name="policy">One of <see cref="BadFilePolicyNames"/>; null: refuse.</param>
    /// <param name="field">The request's field that names the data.</param>
    /// <param name="setting">The request's field that holds the policy; null where there is none.</param>
    /// <param name="cancellation">Stops between two items.</param>
    /// <returns>What was loaded, in the order of the items, and a note where some were skipped.</returns>
    /// <exception cref="MeshException">INVALID_FIELD: as of <see cref="Check"/>.</exception>
    public static (IReadOnlyList<TLoaded> Loaded, IReadOnlyList<string> Notes) LoadAll<TItem, TLoaded>(IReadOnlyList<TItem> items,
        Func<TItem, string> name, Func<TItem, TLoaded> load, string? policy, string field, string? setting, CancellationToken cancellation)
        where TLoaded : class
    {
        var loaded = new TLoaded?[items.Count];
        var problems = new string?[items.Count];
        Parallel.For(0, items.Count, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            try
            {
                loaded[i] = load(items[i]);
            }
            catch (MeshException error)
            {
                problems[i] = Describe(name(items[i]), error.Message, field);
            }
        });
        string[] bad = [.. problems.OfType<string>()];
        if (bad.Length > 0 && (policy != BadFilePolicyNames.Skip || bad.Length == items.Count))
            throw MeshException.Invalid(field, $"{bad.Length} of {items.Count} images can't be read: {Join(bad, MostNamed)}"
                + (bad.Length == items.Count ? "" : ". Repair them or leave them out"
                    + (setting is null ? "" : $", or have them skipped: {setting} {BadFilePolicyNames.Skip}")));
        return ([.. loaded.OfType<TLoaded>()], bad.Length == 0 ? []
            : [$"{bad.Length} of {items.Count} images can't be read and were skipped: {Join(bad, MostNoted)}."]);
    }

    /// <summary>The reader's sentence names the field, and mostly the image too.</summary>
    private static string Describe(string name, string problem, string field)
    {
        var said = problem.StartsWith(field + ": ", StringComparison.Ordinal) ? problem[(field.Length + 2)..] : problem;
        return said.Contains(name, StringComparison.Ordinal) ? said : $"{EchoedText.Shorten(name)}: {said}";
    }

    private static string Join(string[] bad, int most)
    {
        var (named, bytes) = (new List<string>(), 0);
        foreach (var file in bad.Take(most).Select(b => b.TrimEnd('.')))
        {
            bytes += Encoding.UTF8.GetByteCount(file) + 2;
            if (named.Count > 0 && bytes > MostBytes)
                break;
            named.Add(file);
        }

        return string.Join("; ", named) + (bad.Length > named.Count ? $"; and {bad.Length - named.Count} more" : "");
    }
}
