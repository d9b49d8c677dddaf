using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>The data that an evaluation's spec names, found on this machine.</summary>
/// <param name="sources">By the path of their field; null for a data set that must be copied before it can be read.</param>
/// <param name="folders">By the path of their field.</param>
internal sealed class EvaluationSources(IReadOnlyDictionary<string, RadiographSource?> sources,
    IReadOnlyDictionary<string, IReadOnlyList<DataPlace>> folders)
{
    public static EvaluationSources None { get; } =
        new(new Dictionary<string, RadiographSource?>(), new Dictionary<string, IReadOnlyList<DataPlace>>());

    /// <summary>False for a data set that must be copied before it can be read.</summary>
    public bool IsHere(string field) => !sources.TryGetValue(field, out var source) || source is not null;

    /// <summary>The folders that a list of the spec names.</summary>
    public IReadOnlyList<DataPlace> GetFolders(string field) => folders.GetValueOrDefault(field, []);

    /// <summary>Reads the studies that have an image.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: not given, not as its layout wants it, or without an image.</exception>
    public StudySet ReadWithImages(string field, CancellationToken cancellation)
    {
        var read = ReadAll(field, cancellation);
        var bare = read.Studies.Count(s => !s.HasImage);
        return bare < read.Studies.Count
            ? read with
            {
                Studies = [.. read.Studies.Where(s => s.HasImage)],
                Notes = [.. read.Notes, .. bare == 0 ? Array.Empty<string>()
                    : [$"{bare} of {read.Studies.Count} studies have no image and were left out."]],
            }
            : throw MeshException.Invalid(field,
                $"'{Find(field).Describe(Find(field).Folder)}' holds no image: an empty split can't be measured on");
    }

    /// <summary>Reads every study, reports without images too.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: not given, or not as its layout wants it.</exception>
    public StudySet ReadAll(string field, CancellationToken cancellation) => DataLayouts.Read(Find(field), field, cancellation);

    /// <summary>Reads each image once, and leaves out those that can't be read where the source has them skipped.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: images that can't be read; names them.</exception>
    public StudySet CheckImages(StudySet set, string field, CancellationToken cancellation) =>
        BadFileRule.Check(set, Find(field), field, cancellation);

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

    private RadiographSource Find(string field) =>
        sources.TryGetValue(field, out var source)
            ? source ?? throw new InvalidOperationException($"{field} names a data set that was not copied yet")
            : throw MeshException.Invalid(field, "is missing");
}
