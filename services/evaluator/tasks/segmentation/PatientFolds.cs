using System.Globalization;
using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tasks.Segmentation;

/// <summary>Splits studies into parts of about the same size, with every patient in one part only.</summary>
internal sealed class PatientFolds
{
    private readonly int[] _part;

    private PatientFolds(int[] part, int parts) => (_part, Parts) = (part, parts);

    public int Parts { get; }

    /// <summary>
    /// Assigns patients, those with the most images first and in random order otherwise, each to the smallest part so far.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD: fewer patients than parts.</exception>
    public static PatientFolds Split(IReadOnlyList<Study> studies, int parts, ulong seed, string field)
    {
        var patients = Enumerable.Range(0, studies.Count).GroupBy(i => studies[i].PatientHash ?? studies[i].Id, StringComparer.Ordinal)
            .OrderByDescending(g => g.Count()).ThenBy(g => RandomSource.Create(seed, "fold " + g.Key, 0).NextUInt64()).ToList();
        if (patients.Count < parts)
            throw MeshException.Invalid(field,
                $"{patients.Count} patients can't be split into {parts} parts: every part needs at least one patient");
        var part = new int[studies.Count];
        var sizes = new int[parts];
        foreach (var patient in patients)
        {
            var smallest = Array.IndexOf(sizes, sizes.Min());
            foreach (var i in patient)
                part[i] = smallest;
            sizes[smallest] += patient.Count();
        }

        return new PatientFolds(part, parts);
    }

    public int[] IndicesIn(int part) => [.. Enumerable.Range(0, _part.Length).Where(i => _part[i] == part)];

    public int[] IndicesOutside(int part) => [.. Enumerable.Range(0, _part.Length).Where(i => _part[i] != part)];

    /// <summary>Image, patient and part, one line for each image.</summary>
    public byte[] ToTable(IReadOnlyList<Study> studies) => Encoding.UTF8.GetBytes("image\tpatient\tpart\n" + string.Concat(
        studies.Select(
            (s, i) => string.Create(CultureInfo.InvariantCulture,
                $"{s.Id}\t{(s.Patient.Length > 0 ? s.Patient : "unknown")}\t{_part[i] + 1}\n"))));
}
