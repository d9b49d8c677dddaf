using System.Security.Cryptography;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs;

/// <summary>
/// Finds images that are the same bytes and are of different classes: one of the classes is wrong, and a model would learn both.
/// </summary>
internal static class DuplicateImages
{
    /// <summary>Most pairs that a message names.</summary>
    private const int MostNamed = 5;

    /// <summary>Bytes at the begin of files of one length that are compared before the whole of them is.</summary>
    private const int FirstBytes = 64 << 10;

    /// <summary>The set without such images, or with each of them once, by <see cref="RadiographSource.Duplicates"/>.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: there are some, and they are not to be merged; names the first.</exception>
    public static StudySet Resolve(StudySet set, RadiographSource source, string field, CancellationToken cancellation)
    {
        var studies = set.Studies.Where(s => s.ImageFile is not null && s.IsLabelled).ToDictionary(s => s.Id, StringComparer.Ordinal);
        var (groups, notes) = Find([.. studies.Values.Select(s => new ClassedFile(s.Id, s.ImageFile!, Class(s.Labels)))], source.Boundary,
            source.Duplicates, $"{field}.name", $"{field}.duplicates", cancellation);
        var dropped = groups.SelectMany(g => g.Skip(1)).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var merged = groups.ToDictionary(g => g[0].Name, g => Merge([.. g.Select(f => studies[f.Name])]), StringComparer.Ordinal);
        return set with
        {
            Studies = [.. set.Studies.Where(s => !dropped.Contains(s.Id)).Select(s => merged.GetValueOrDefault(s.Id, s))],
            Notes = [.. set.Notes, .. notes],
        };
    }

    /// <summary>Files of the same bytes and different classes, each group in the order of the files' names.</summary>
    /// <param name="files">The files; each is only read where another one has its length.</param>
    /// <param name="boundary">What may be read.</param>
    /// <param name="policy">One of <see cref="DuplicatePolicyNames"/>; null: refuse.</param>
    /// <param name="field">The request's field that names the data.</param>
    /// <param name="setting">The request's field that holds the policy; null where there is none.</param>
    /// <param name="cancellation">Stops between two files.</param>
    /// <exception cref="MeshException">INVALID_FIELD: there are some, and they are not to be merged; names the first.</exception>
    public static (IReadOnlyList<IReadOnlyList<ClassedFile>> Groups, IReadOnlyList<string> Notes) Find(IReadOnlyList<ClassedFile> files,
        DataBoundary boundary, string? policy, string field, string? setting, CancellationToken cancellation)
    {
        var groups = FindSameBytes(files, boundary, field, cancellation)
            .Where(g => g.Select(f => f.Class).Distinct(StringComparer.Ordinal).Count() > 1).ToList();
        if (groups.Count == 0)
            return ([], []);
        var first = string.Join("; ", groups.Take(MostNamed).Select(g => string.Join(" = ", g.Take(2)
            .Select(f => $"'{EchoedText.Shorten(f.Name)}'")))) + (groups.Count > MostNamed ? "; …" : "");
        return policy == DuplicatePolicyNames.Merge
            ? (groups, [$"{groups.Count} images were there in two classes or more, and were merged: {first}."])
            : throw MeshException.Invalid(field, $"{groups.Count} images are there in two classes or more, with the same bytes: {first}. "
                + "Leave one of each out"
                + (setting is null ? "" : $", or have them merged: {setting} {DuplicatePolicyNames.Merge}"));
    }

    /// <summary>One name for a set of labels, in any order.</summary>
    public static string Class(IEnumerable<string> labels) => string.Join('\n', labels.Order(StringComparer.Ordinal));

    /// <summary>The first one, with the labels of all.</summary>
    private static Study Merge(IReadOnlyList<Study> same)
    {
        string[] labels = [.. same.SelectMany(s => s.Labels).Distinct(StringComparer.Ordinal)];
        string[] said = [.. labels, .. same.SelectMany(s => s.Uncertain.Concat(s.Negative))];
        return same[0] with
        {
            Labels = labels,
            Uncertain = [.. same.SelectMany(s => s.Uncertain).Distinct(StringComparer.Ordinal).Except(labels)],
            Negative = [.. same.SelectMany(s => s.Negative).Distinct(StringComparer.Ordinal).Except(labels)],
            Unanswered = [.. same.SelectMany(s => s.Unanswered).Distinct(StringComparer.Ordinal).Except(said)],
            IsNormal = same.All(s => s.IsNormal),
            Boxes = [.. same.SelectMany(s => s.Boxes).Distinct()],
        };
    }

    private static IEnumerable<IReadOnlyList<ClassedFile>> FindSameBytes(IReadOnlyList<ClassedFile> files, DataBoundary boundary,
        string field, CancellationToken cancellation)
    {
        foreach (var sameLength in files.GroupBy(f => Length(f.Path)).Where(g => g.Key > 0 && g.Count() > 1))
        {
            foreach (var sameBegin in sameLength.GroupBy(f => Hash(f, FirstBytes)).Where(g => g.Count() > 1))
            {
                foreach (var same in sameBegin.GroupBy(f => Hash(f, long.MaxValue)).Where(g => g.Count() > 1))
                    yield return [.. same.OrderBy(f => f.Name, StringComparer.Ordinal)];
            }
        }

        string Hash(ClassedFile file, long most)
        {
            cancellation.ThrowIfCancellationRequested();
            using var stream = boundary.OpenRead(file.Path, field);
            if (most >= stream.Length)
                return Convert.ToHexString(SHA256.HashData(stream));
            var begin = new byte[most];
            stream.ReadExactly(begin);
            return Convert.ToHexString(SHA256.HashData(begin));
        }
    }

    /// <summary>0 for a link to nothing, which is refused where it is read.</summary>
    private static long Length(string path)
    {
        var file = new FileInfo(path);
        var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true);
        return target is FileInfo { Exists: true } found ? found.Length : 0;
    }
}

/// <summary>An image, and the class that it was put into.</summary>
/// <param name="Name">What messages call it; no two have one.</param>
/// <param name="Path">Where it is on this machine.</param>
/// <param name="Class">Its class.</param>
internal sealed record ClassedFile(string Name, string Path, string Class);
