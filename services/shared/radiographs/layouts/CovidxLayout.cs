using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>covidx</c>: COVIDx CXR (Wang et al. 2020). <c>train.txt</c> and <c>test.txt</c> have a line an image, without a head: patient,
/// file, class and source, parted by blanks. A patient's number is only good within its source. Negative is any image without COVID-19:
/// it is not normal.
/// </summary>
internal sealed class CovidxLayout : IDataLayout
{
    private const string Positive = "positive", Negative = "negative", Covid = "covid-19";

    public string Name => DataLayoutNames.Covidx;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var at = $"{field}.labels";
        var files = SourceFiles.Find(source, $"{field}.name");
        var lists = files.FindTables(source.Labels, n => n.EndsWith(".txt", StringComparison.Ordinal) && SplitName.Find(n) is not null);
        if (lists.Count == 0)
            throw files.Missing("train.txt or test.txt", at);
        var left = new LeftOutCounter("lines");
        var studies = new Dictionary<string, Study>(StringComparer.Ordinal);
        var lines = 0;
        foreach (var list in lists)
        {
            if (!DataFiles.Exists(list, source.Boundary))
                throw MeshException.Invalid(at, $"file '{source.Describe(list)}' does not exist on this machine");
            var split = SplitName.Find(Path.GetFileName(list));
            foreach (var (number, text) in TextFile.ReadLines(list, source.Boundary, at))
            {
                cancellation.ThrowIfCancellationRequested();
                lines++;
                var place = FormattableString.Invariant($"line {number} of '{source.Describe(list)}'");
                var study = Parse(text, place, at) with { Split = split };
                if (files.FindImage(study.Id, place, at, split) is not { } file)
                {
                    left.Add("have no image", place);
                    continue;
                }

                study = study with { Id = files.RelativePath(file), ImageFile = file };
                if (!studies.TryAdd(file, study) && !IsSame(studies[file], study))
                    throw MeshException.Invalid(at, $"{place} differs from another line about the same image");
            }
        }

        return files.Complete([.. studies.Values], left.Count(lines), studies.Keys.ToHashSet(StringComparer.Ordinal), "the lists", field);
    }

    /// <summary>The file name stands between the first part and the last two, and may hold blanks.</summary>
    private static Study Parse(string line, string place, string field)
    {
        var parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 4)
            throw MeshException.Invalid(field, $"{place} has {parts.Length} parts; patient, file, class and source are wanted");
        var found = parts[^2].ToLowerInvariant();
        if (found is not (Positive or Negative))
            throw MeshException.Invalid(field, $"{place}: the class must be {Positive} or {Negative}");
        return new Study
        {
            Id = string.Join(' ', parts[1..^2]),
            Source = DataLayoutNames.Covidx,
            Patient = parts[0],
            PatientSource = parts[^1],
            Labels = found == Positive ? [Covid] : [],
            Negative = found == Negative ? [Covid] : [],
            Facts = new Dictionary<string, string> { ["source"] = parts[^1] },
        };
    }

    private static bool IsSame(Study one, Study other) => (one.Patient, one.PatientSource, one.Split) == (other.Patient,
        other.PatientSource, other.Split) && one.Labels.SequenceEqual(other.Labels);
}
