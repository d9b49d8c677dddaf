using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>mimic</c>: MIMIC-CXR-JPG (Johnson et al. 2019), <c>files/p10/p10000032/s50414267/{dicom}.jpg</c> with the report beside the study's
/// folder, <c>s50414267.txt</c>. The table of labels is <c>mimic-cxr-2.0.0-chexpert.csv</c>; where <c>mimic-cxr-2.0.0-metadata.csv</c>
/// lies with it, only PA and AP views are taken.
/// </summary>
internal sealed partial class MimicLayout : IDataLayout
{
    public string Name => DataLayoutNames.Mimic;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = ImageFiles.FindBelow(source.Folder, source.Boundary, $"{field}.name");
        var table = CsvTable.Open(source.Labels, source.Boundary, $"{field}.labels");
        table.RequireColumns("subject_id", "study_id");
        var columns = ChexpertColumns.FindIn(table, $"{field}.labels");
        var rows = table.IndexRows("study_id");
        var views = ReadViews(source, $"{field}.labels");
        var studies = new List<Study>();
        var lateral = 0;
        var unlabelled = 0;
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            if (StudyPath().Match(file) is not { Success: true } path || !rows.TryGetValue(path.Groups["study"].Value, out var row))
                unlabelled++;
            else if (views is not null && views.GetValueOrDefault(Path.GetFileNameWithoutExtension(file)) is not ("PA" or "AP"))
                lateral++;
            else
                studies.Add(new Study
                {
                    Id = ImageFiles.RelativePath(source.Folder, file),
                    Source = Name,
                    Patient = row["subject_id"],
                    Labels = ChexpertColumns.FindingsWithValue(row, columns, 1),
                    Uncertain = ChexpertColumns.FindingsWithValue(row, columns, -1),
                    Report = ReadReport(Path.GetDirectoryName(file)! + ".txt", source.Boundary),
                    ImageFile = file,
                });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' is a frontal one of a study in "
                    + $"'{table.Name}'");
        return new StudySet(studies,
            JoinNotes.LeftOut(files.Length, (lateral, "do not show a frontal view"), (unlabelled, "belong to no study of the table")));
    }

    private static Dictionary<string, string>? ReadViews(RadiographSource source, string field)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(source.Labels!))!;
        if (Directory.EnumerateFiles(folder, "*-metadata.csv*").Order(StringComparer.Ordinal).FirstOrDefault() is not { } file)
            return null;
        var table = CsvTable.Open(file, source.Boundary, field);
        table.RequireColumns("dicom_id", "ViewPosition");
        return table.IndexRows("dicom_id").ToDictionary(r => r.Key, r => r.Value["ViewPosition"], StringComparer.Ordinal);
    }

    /// <summary>FINDINGS and IMPRESSION of a report; null where it has neither.</summary>
    private static string? ReadReport(string file, DataBoundary boundary)
    {
        if (!DataFiles.Exists(file, boundary))
            return null;
        var text = File.ReadAllText(file);
        var sections = Section().Matches(text).Where(m => m.Groups["name"].Value is "FINDINGS" or "IMPRESSION")
            .Select(m => White().Replace(m.Groups["text"].Value, " ").Trim()).Where(t => t.Length > 0);
        return string.Join(' ', sections) is { Length: > 0 } report ? report : null;
    }

    [GeneratedRegex(@"[/\\]p(?<subject>\d+)[/\\]s(?<study>\d+)[/\\][^/\\]+\z")]
    private static partial Regex StudyPath();

    [GeneratedRegex(@"^\s*(?<name>[A-Z][A-Z ]+):(?<text>.*?)(?=^\s*[A-Z][A-Z ]+:|\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();
}
