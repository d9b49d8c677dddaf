using System.Security.Cryptography;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs;

/// <summary>
/// Finds images that are the same bytes and have different labels: one of the classes is wrong, and a model would learn both. Files are
/// only read where another one has their length.
/// </summary>
internal static class DuplicateImages
{
    /// <summary>Most pairs that a refusal names.</summary>
    private const int MostNamed = 5;

    /// <summary>Bytes at the begin of files of one length that are compared before the whole of them is.</summary>
    private const int FirstBytes = 64 << 10;

    /// <summary>The set without such images, or with each of them once, by <see cref="RadiographSource.Duplicates"/>.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there are some, and they are not to be merged; names the first.</exception>
    public static StudySet Resolve(StudySet set, RadiographSource source, string field, CancellationToken cancellation)
    {
        var groups = FindSameBytes([.. set.Studies.Where(s => s.ImageFile is not null && s.IsLabelled)], field, cancellation)
            .Where(g => g.Select(Class).Distinct(StringComparer.Ordinal).Count() > 1).ToList();
        if (groups.Count == 0)
            return set;
        if (source.Duplicates != DuplicatePolicyNames.Merge)
            throw MeshException.Invalid($"{field}.name",
                $"{groups.Count} images are there in two classes or more: "
                    + string.Join("; ", groups.Take(MostNamed).Select(Describe)) + (groups.Count > MostNamed ? "; …" : "")
                    + ". Leave one of each out, or have them merged (duplicates: merge)");
        var dropped = groups.SelectMany(g => g.Skip(1)).Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var merged = groups.ToDictionary(g => g[0].Id, Merge, StringComparer.Ordinal);
        return set with
        {
            Studies = [.. set.Studies.Where(s => !dropped.Contains(s.Id)).Select(s => merged.GetValueOrDefault(s.Id, s))],
            Notes = [.. set.Notes,
                $"{groups.Count} images were there in two classes or more, and were merged: "
                    + $"{string.Join("; ", groups.Take(MostNamed).Select(Describe))}."],
        };
    }

    private static string Class(Study study) => string.Join('\n', study.Labels.Order(StringComparer.Ordinal));

    private static string Describe(IReadOnlyList<Study> same) =>
        string.Join(" = ", same.Take(2).Select(s => $"'{EchoedText.Shorten(s.Id)}'"));

    /// <summary>The first one, with the labels of all.</summary>
    private static Study Merge(IReadOnlyList<Study> same)
    {
        string[] labels = [.. same.SelectMany(s => s.Labels).Distinct(StringComparer.Ordinal)];
        return same[0] with
        {
            Labels = labels,
            Uncertain = [.. same.SelectMany(s => s.Uncertain).Distinct(StringComparer.Ordinal).Except(labels)],
            Negative = [.. same.SelectMany(s => s.Negative).Distinct(StringComparer.Ordinal).Except(labels)],
            IsNormal = same.All(s => s.IsNormal),
            Boxes = [.. same.SelectMany(s => s.Boxes).Distinct()],
        };
    }

    private static IEnumerable<IReadOnlyList<Study>> FindSameBytes(IReadOnlyList<Study> studies, string field,
        CancellationToken cancellation)
    {
        foreach (var sameLength in studies.GroupBy(s => new FileInfo(s.ImageFile!).Length).Where(g => g.Count() > 1))
        {
            foreach (var sameBegin in sameLength.GroupBy(s => Hash(s, FirstBytes, field, cancellation)).Where(g => g.Count() > 1))
            {
                foreach (var same in sameBegin.GroupBy(s => Hash(s, long.MaxValue, field, cancellation)).Where(g => g.Count() > 1))
                    yield return [.. same.OrderBy(s => s.Id, StringComparer.Ordinal)];
            }
        }
    }

    private static string Hash(Study study, long most, string field, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var file = study.Boundary.OpenRead(study.ImageFile!, $"{field}.name");
        if (most >= file.Length)
            return Convert.ToHexString(SHA256.HashData(file));
        var begin = new byte[most];
        file.ReadExactly(begin);
        return Convert.ToHexString(SHA256.HashData(begin));
    }
}
