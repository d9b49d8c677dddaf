using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Vision;

/// <summary>Checks that two parts of an evaluation have no image and no patient in common.</summary>
internal static class StudyOverlapCheck
{
    /// <exception cref="MeshException">INVALID_FIELD with the count.</exception>
    public static void ThrowIfOverlapping(IReadOnlyList<Study> one, IReadOnlyList<string> hashes, IReadOnlyList<Study> other,
        IReadOnlyList<string> otherHashes, string field, string what)
    {
        var images = otherHashes.ToHashSet(StringComparer.Ordinal);
        var patients = other.Select(s => s.PatientHash).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var known = Enumerable.Range(0, one.Count)
            .Count(i => images.Contains(hashes[i]) || (one[i].PatientHash is { } patient && patients.Contains(patient)));
        if (known > 0)
            throw MeshException.Invalid(field, $"{known} of {one.Count} images, or other images of their patients, are also used {what}");
    }
}
