using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs.Layouts.Cells;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>mimic</c> and <c>mimic-jpg</c>: MIMIC-CXR and MIMIC-CXR-JPG (Johnson et al. 2019), <c>files/p10/p10000032/s50414267/{dicom}.jpg</c>.
/// The report of an exam lies beside its folder, <c>s50414267.txt</c>, or at that path below <c>mimic-cxr-reports</c>, a distribution of
/// its own. Labels, views and split are in <see cref="MimicTables"/>; without a table of views those of the DICOMs count.
/// </summary>
internal sealed partial class MimicLayout(string name, IReadOnlyList<string> reportFolders) : IDataLayout
{
    /// <summary>Reports lie beside the exams' folders.</summary>
    public static MimicLayout WithReportsBeside { get; } = new(DataLayoutNames.Mimic, [""]);

    /// <summary>Reports lie in a tree of their own, or, where somebody put them together, beside the exams' folders.</summary>
    public static MimicLayout WithReportTree { get; } = new(DataLayoutNames.MimicJpg, ["mimic-cxr-reports", "../mimic-cxr-reports", ""]);

    public string Name => name;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var tables = MimicTables.Read(source, files, field);
        var left = new LeftOutCounter("images");
        var views = new ViewFilter(source, left);
        var studies = new List<Study>();
        var reports = new ReportCount();
        var told = files.Images.ToDictionary(f => f, f => ReadView(f, tables, source.Boundary, field), StringComparer.Ordinal);
        var isToldOfAny = tables.HasViews || told.Values.Any(v => v is not null);
        foreach (var file in files.Images)
        {
            cancellation.ThrowIfCancellationRequested();
            var id = files.RelativePath(file);
            if (StudyPath().Match(file) is not { Success: true } path)
            {
                left.Add("are in no exam's folder", id);
                continue;
            }

            var (subject, exam, image) = (path.Groups["subject"].Value, path.Groups["study"].Value, ImageFiles.Stem(file));
            var labels = tables.FindLabels(subject, exam);
            var report = FindReport(source, file, path.Value);
            if (labels is null && report is null)
                left.Add("belong to no study of the table", id);
            else if (!isToldOfAny || !views.LeavesOut(ViewFilter.IsFrontal(told[file]), id, "do not show a frontal view"))
                studies.Add(Describe(id, labels, reports.Read(report is null ? null
                    : ReportSectioniser.Split(TextFile.Read(report, source.Boundary, $"{field}.name")))) with
                {
                    Patient = subject,
                    Exam = exam,
                    Split = tables.FindSplit(image),
                    View = told[file],
                    IsFrontal = ViewFilter.IsFrontal(told[file]),
                    ImageFile = file,
                });
        }

        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"none of the {files.Images.Count} images below '{source.Describe(source.Folder)}' is a frontal one of a study in "
                    + $"'{tables.LabelTable ?? "a table of labels, or with a report"}'");
        reports.ThrowIfNoneReadable($"{field}.name");
        var leftOut = left.Count(files.Images.Count);
        var unlabelled = studies.Count(s => !s.IsLabelled);
        return new StudySet(studies,
        [
            .. leftOut.Select(l => l.Sentence),
            .. tables.LabelTable is not null && unlabelled > 0
                ? new[] { $"{unlabelled} of {studies.Count} images are in no table of labels." } : [],
            .. reports.Notes(studies.Count),
        ])
        {
            LeftOut = [.. leftOut, .. tables.CountUnmatched()],
            RaterPolicy = tables.Policy,
        };
    }

    private static Study Describe(string id, Reading? labels, StudySections? sections) => new()
    {
        Id = id,
        Source = DataLayoutNames.Mimic,
        IsLabelled = labels is not null,
        Labels = labels?.Present ?? [],
        Uncertain = labels?.Uncertain ?? [],
        Negative = labels?.Negative ?? [],
        IsNormal = labels is not null && ChexpertColumns.IsNormal(labels),
        Report = sections?.FindingsAndImpression,
        Sections = sections,
    };

    private string? FindReport(RadiographSource source, string file, string pathOfExam)
    {
        var beside = Path.GetDirectoryName(file)! + ".txt";
        foreach (var folder in reportFolders)
        {
            if (folder.Length == 0 && DataFiles.Exists(beside, source.Boundary))
                return beside;
            var relative = Path.GetRelativePath(source.Folder, beside).Replace('\\', '/');
            foreach (var below in folder.Length == 0 ? [] : new[] { relative, $"files/{relative}" })
            {
                var report = Path.GetFullPath(Path.Combine(source.Folder, folder, below));
                if (DataFiles.Exists(report, source.Boundary))
                    return report;
            }
        }

        return null;
    }

    /// <summary>By the table of views, or else the DICOM's own; null where neither tells.</summary>
    private static string? ReadView(string file, MimicTables tables, DataBoundary boundary, string field)
    {
        if (tables.HasViews)
            return tables.FindView(ImageFiles.Stem(file));
        if (Path.GetExtension(file).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg")
            return null;
        try
        {
            using var stream = boundary.OpenRead(file, $"{field}.name");
            return EmptyCell.Read(ImageFacts.Read(stream, field).View);
        }
        catch (MeshException)
        {
            return null; // the check of the images names it
        }
    }

    [GeneratedRegex(@"[/\\]p(?<subject>\d+)[/\\]s(?<study>\d+)[/\\][^/\\]+\z")]
    private static partial Regex StudyPath();
}
