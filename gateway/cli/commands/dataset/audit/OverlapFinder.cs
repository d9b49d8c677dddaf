using System.Numerics;

namespace SynCxr.Mesh.Cli.Commands.Dataset.Audit;

/// <summary>Finds pictures of one side on the other: each picture with the one that it has most in common with.</summary>
/// <param name="nearDuplicate">Cosine from which on two pictures are near-duplicates.</param>
internal sealed class OverlapFinder(double nearDuplicate)
{
    /// <summary>Mean difference in gray levels up to which two shrunk pictures are the same one: JPEG of quality 50 stays below.</summary>
    public const double MaxCopyDifference = 4;

    /// <summary>Every overlap of a picture on the first side, the surest kind of each, in their order.</summary>
    public IEnumerable<Overlap> Find(IReadOnlyList<AuditedPicture> first, IReadOnlyList<AuditedPicture> second, Action<int> progress,
        CancellationToken cancellation)
    {
        var byHash = second.ToLookup(p => p.Hash, StringComparer.Ordinal);
        var byPatient = second.Where(p => p.Patient is not null).ToLookup(p => p.Patient!, StringComparer.Ordinal);
        foreach (var (done, picture) in first.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            progress(done + 1);
            if (byHash[picture.Hash].FirstOrDefault() is { } same)
                yield return new Overlap(OverlapKindNames.SamePixels, picture, same, 1);
            else if (FindNearest(picture, second) is { } nearest)
                yield return nearest;
            else if (picture.Patient is not null && byPatient[picture.Patient].FirstOrDefault() is { } other)
                yield return new Overlap(OverlapKindNames.SamePatient, picture, other, Cosine(picture.Features, other.Features));
        }
    }

    private Overlap? FindNearest(AuditedPicture picture, IReadOnlyList<AuditedPicture> among)
    {
        var (similarity, nearest) = (double.NegativeInfinity, among[0]);
        foreach (var other in among)
        {
            var cosine = Cosine(picture.Features, other.Features);
            if (cosine > similarity)
                (similarity, nearest) = (cosine, other);
        }

        if (similarity < nearDuplicate)
            return null;
        var difference = picture.Small.Pixels.Zip(nearest.Small.Pixels, (a, b) => Math.Abs(a - b)).Average();
        var kind = difference <= MaxCopyDifference ? OverlapKindNames.Copy : OverlapKindNames.NearDuplicate;
        return new Overlap(kind, picture, nearest, similarity);
    }

    private static double Cosine(float[] a, float[] b)
    {
        var (sum, i) = (Vector<float>.Zero, 0);
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
            sum += new Vector<float>(a, i) * new Vector<float>(b, i);
        var dot = Vector.Sum(sum);
        for (; i < a.Length; i++)
            dot += a[i] * b[i];
        return dot;
    }
}
