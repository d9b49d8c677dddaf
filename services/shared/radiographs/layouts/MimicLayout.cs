using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>mimic</c>: MIMIC-CXR-JPG (Johnson et al. 2019), <c>files/p10/p10000032/s50414267/{dicom}.jpg</c> with the report beside the study's
/// folder, <c>s50414267.txt</c>, of which FINDINGS and IMPRESSION are read. The table of labels is <c>mimic-cxr-2.0.0-chexpert.csv</c>;
/// where <c>mimic-cxr-2.0.0-metadata.csv</c> lies with it, only PA and AP views are taken.
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
        var reports = new ReportCount();
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            if (StudyPath().Match(file) is not { Success: true } path || !rows.TryGetValue(path.Groups["study"].Value, out var row))
                unlabelled++;
            else if (views is not null && views.GetValueOrDefault(Path.GetFileNameWithoutExtension(file)) is not ("PA" or "AP"))
                lateral++;
            else
            {
                var sections = ReadReport(Path.GetDirectoryName(file)! + ".txt", source.Boundary, $"{field}.name");
                studies.Add(new Study
                {
                    Id = ImageFiles.RelativePath(source.Folder, file),
                    Source = Name,
                    Patient = row["subject_id"],
                    Labels = ChexpertColumns.FindingsWithValue(row, columns, 1),
                    Uncertain = ChexpertColumns.FindingsWithValue(row, columns, -1),
                    Report = reports.Read(sections),
                    ImageFile = file,
                });
            }
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"none of the {files.Length} images below '{source.Describe(source.Folder)}' is a frontal one of a study in "
                    + $"'{table.Name}'");
        return new StudySet(studies,
        [
            .. JoinNotes.LeftOut(files.Length, (lateral, "do not show a frontal view"), (unlabelled, "belong to no study of the table")),
            .. reports.Notes(studies.Count),
        ]);
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

    /// <summary>The sections of a report; null where there is no file of it.</summary>
    private static ReportSections? ReadReport(string file, DataBoundary boundary, string field) =>
        DataFiles.Exists(file, boundary) ? ReportSectioniser.Split(string.Join('\n', boundary.ReadLines(file, field))) : null;

    [GeneratedRegex(@"[/\\]p(?<subject>\d+)[/\\]s(?<study>\d+)[/\\][^/\\]+\z")]
    private static partial Regex StudyPath();
}
