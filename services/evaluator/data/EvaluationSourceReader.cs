using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using Wire = SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>Reads the data that a request names.</summary>
internal static class EvaluationSourceReader
{
    private const string Default = "folders";

    /// <summary>Reads the studies that have an image.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: not given, not as its layout wants it, or without an image.</exception>
    public static StudySet ReadWithImages(Wire.DataSource? source, string field, CancellationToken cancellation)
    {
        var read = ReadAll(source, field, cancellation);
        return read.Studies.Any(s => s.HasImage)
            ? read with { Studies = [.. read.Studies.Where(s => s.HasImage)] }
            : throw MeshException.Invalid(field, $"'{source!.Name}' holds no image: an empty split can't be measured on");
    }

    /// <summary>Reads every study, reports without images too.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: not given, or not as its layout wants it.</exception>
    public static StudySet ReadAll(Wire.DataSource? source, string field, CancellationToken cancellation) => source is null
        ? throw MeshException.Invalid(field, "is missing")
        : DataLayouts.Read(
            new RadiographSource(source.Layout.Length > 0 ? source.Layout : Default, source.Name, NullIfEmpty(source.Labels),
                NullIfEmpty(source.Masks), NullIfEmpty(source.Boxes), Share: source.HasShare ? source.Share : 1), field, cancellation);

    /// <summary>A sentence for the evaluation's notes about what was read.</summary>
    public static string Describe(string what, StudySet set)
    {
        var patients = set.Studies.Where(s => s.Patient.Length > 0).Select(s => $"{s.Source}/{s.Patient}").Distinct().Count();
        var sources = string.Join(", ", set.Studies.Select(s => s.Source).Distinct());
        return patients > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: {set.Studies.Count} images of {sources}, {patients} patients; intervals are over patients.")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: {set.Studies.Count} images of {sources}; no patients known, intervals are over images.");
    }

    private static string? NullIfEmpty(string path) => path.Length > 0 ? path : null;
}
