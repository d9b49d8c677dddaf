using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>masks</c>: a folder of images and a folder of masks of the same stems, whatever their sizes; a mask is stretched to its image.
/// Patients come from a table, <c>labels</c> or else a <c>data.csv</c> with the images or one level above.
/// </summary>
internal sealed class MasksLayout : IDataLayout
{
    private const string Beside = "data.csv";

    public string Name => DataLayoutNames.Masks;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        if (source.Masks is null)
            throw MeshException.Invalid($"{field}.masks", "is missing: this layout reads a folder of masks");
        var masks = ByStem(ImageFiles.FindBelow(source.Masks, source.Boundary, $"{field}.masks"), source, $"{field}.masks");
        var within = Path.GetFullPath(source.Masks).TrimEnd('/') + "/";
        var files = ImageFiles.FindBelow(source.Folder, source.Boundary, $"{field}.name")
            .Where(f => !Path.GetFullPath(f).StartsWith(within, StringComparison.Ordinal)).ToArray();
        var images = ByStem(files, source, $"{field}.name");
        var (patients, note) = ReadPatients(source, field);
        var name = ImageFiles.SourceName(source.Folder);
        var studies = new List<Study>();
        var left = new LeftOutCounter("entries");
        foreach (var (stem, file) in images.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!masks.Remove(stem, out var mask))
            {
                left.Add("have no mask", ImageFiles.RelativePath(source.Folder, file));
                continue;
            }

            var (patient, whose) = patients is null ? PatientFileName.Parse(file) : (patients.GetValueOrDefault(stem, ""), null);
            studies.Add(new Study
            {
                Id = ImageFiles.RelativePath(source.Folder, file),
                Source = name,
                Patient = patient,
                PatientSource = whose,
                ImageFile = file,
                MaskFile = mask,
            });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.masks",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' has a mask of its stem in "
                    + $"'{source.Describe(source.Masks)}'");
        var strays = new LeftOutCounter("masks");
        foreach (var stray in masks.Values.Order(StringComparer.Ordinal))
            strays.Add("are of no image", source.Describe(stray));
        var leftOut = left.Count(files.Length);
        return new StudySet(studies, [.. leftOut.Select(l => l.Sentence), note])
        {
            LeftOut = [.. leftOut, .. strays.Count(masks.Count + studies.Count)],
        };
    }

    private static (Dictionary<string, string>? Patients, string Note) ReadPatients(RadiographSource source, string field)
    {
        var folder = new DirectoryInfo(Path.GetFullPath(source.Folder).TrimEnd('/'));
        var file = source.Labels ?? new[] { folder.FullName,
            folder.Parent?.FullName ?? folder.FullName }.Select(f => Path.Combine(f, Beside))
            .FirstOrDefault(f => DataFiles.Exists(f, source.Boundary));
        if (file is null)
            return (null,
                "No table tells the patients: they are taken from the file names where these tell, else each image is taken for a "
                    + "patient of its own.");
        var table = CsvTable.Open(file, source.Boundary, $"{field}.labels");
        var columns = TableColumns.Detect(table, $"{field}.labels");
        if (columns.Patient is null)
            throw MeshException.Invalid($"{field}.labels",
                $"'{table.Name}' needs a column of patients, called one of "
                    + $"{string.Join(", ", TableColumns.PatientColumnNames)}");
        var patients = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            var (stem, patient) = (ImageFiles.Stem(row[columns.Image]), EmptyCell.Read(row[columns.Patient]) ?? "");
            if (!patients.TryAdd(stem, patient) && patients[stem] != patient)
                throw table.Refuse(row, columns.Patient, "differs from a row before it, which is about the same image");
        }

        return (patients, $"Patients are those of {Path.GetFileName(file)}.");
    }

    private static Dictionary<string, string> ByStem(string[] files, RadiographSource source, string field)
    {
        var stems = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (!stems.TryAdd(ImageFiles.Stem(file), file))
                throw MeshException.Invalid(field,
                    $"'{source.Describe(stems[ImageFiles.Stem(file)])}' and '{source.Describe(file)}' have one stem");
        }

        return stems;
    }
}
