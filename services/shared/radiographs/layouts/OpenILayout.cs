using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>openi</c>: the Indiana University collection (Demner-Fushman et al. 2016): XML files below the folder, or archives of them
/// (<c>NLMCXR_reports.tgz</c>), and the images that they name, where these lie there too. Labels are the major MeSH terms, or those of a
/// table with a column <c>filename</c>.
/// </summary>
internal sealed class OpenILayout : IDataLayout
{
    private const string Normal = "normal";

    public string Name => DataLayoutNames.OpenI;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        ImageFiles.CheckFolder(source.Folder, source.Boundary, $"{field}.name");
        var gold = ReadGoldLabels(source, field);
        var images = DataFiles.FindBelow(source.Folder, source.Boundary, $"{field}.name")
            .Where(f => ImageFiles.IsImage(f, source.Boundary)).ToLookup(ImageFiles.Stem, StringComparer.Ordinal);
        var left = new LeftOutCounter("entries");
        var studies = new SortedDictionary<string, Study>(StringComparer.Ordinal);
        var (reports, absent) = (0, 0);
        foreach (var report in OpenIReport.ReadAll(source, $"{field}.name"))
        {
            cancellation.ThrowIfCancellationRequested();
            reports++;
            var files = report.Images.Select(i => FindImage(images, i, report, source, $"{field}.name")).OfType<string>().ToList();
            absent += report.Images.Count - files.Count;
            if (report.Sections.FindingsAndImpression is null && files.Count == 0)
            {
                left.Add("have neither findings nor an impression", report.File);
                continue;
            }

            if (Describe(report, gold) is not { } study)
            {
                left.Add("have no row in the table of labels", report.File);
                continue;
            }

            foreach (var part in files.Count == 0 ? [study] : files.Select(f => study with
            {
                Id = ImageFiles.RelativePath(source.Folder, f),
                ImageFile = f,
            }))
                Add(studies, part, report, field);
        }

        if (studies.Count == 0 || studies.Values.All(s => s.Report is null))
            throw MeshException.Invalid($"{field}.name",
                $"'{source.Describe(source.Folder)}' has no Open-I report with findings or an impression");
        return Complete([.. studies.Values], left.Count(reports), images, absent);
    }

    private static StudySet Complete(IReadOnlyList<Study> studies, IReadOnlyList<LeftOutCount> entries, ILookup<string, string> images,
        int absent)
    {
        var taken = studies.Select(s => s.ImageFile).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var strays = new LeftOutCounter("images");
        foreach (var image in images.SelectMany(i => i).Where(i => !taken.Contains(i)))
            strays.Add("are named by no report", Path.GetFileName(image));
        LeftOutCount[] all = [.. entries, .. strays.Count(images.Sum(i => i.Count()))];
        string[] notes = [
            .. all.Select(l => l.Sentence),
            .. taken.Count > 0 && absent > 0 ? new[] { $"{absent} images that reports name are not in the folder." } : [],
            .. taken.Count > 0 ? ["Whether an image is frontal or lateral is told nowhere in Open-I: lateral views are among them."]
                : Array.Empty<string>(),
        ];
        return new StudySet(studies, notes) { LeftOut = all };
    }

    private static void Add(SortedDictionary<string, Study> studies, Study study, OpenIReport report, string field)
    {
        if (study.ImageFile is null)
        {
            // two archives may hold one report; each is a study, as there always was
            var id = study.Id;
            for (var copy = 2; !studies.TryAdd(id, study); copy++)
                id = FormattableString.Invariant($"{study.Id}\0{copy}");
            return;
        }

        if (!studies.TryAdd(study.Id, study) && studies[study.Id].Report != study.Report)
            throw MeshException.Invalid($"{field}.name",
                $"{EchoedText.Shorten(report.File)} is about '{EchoedText.Shorten(study.Id)}', about which another report says something "
                    + "else");
    }

    private Study? Describe(OpenIReport report, Dictionary<string, IReadOnlyList<string>>? gold)
    {
        if (gold is not null && !gold.ContainsKey(report.Id))
            return null;
        var labels = gold is null ? report.Terms : gold[report.Id];
        return new Study
        {
            Id = report.Id,
            Source = Name,
            Patient = report.Id,
            Exam = report.Id,
            Labels = labels,
            IsNormal = labels is [Normal] or ["no finding"],
            Report = report.Sections.FindingsAndImpression,
            Sections = report.Sections,
        };
    }

    private static string? FindImage(ILookup<string, string> images, string id, OpenIReport report, RadiographSource source, string field)
    {
        var found = images[id].ToList();
        return found.Count <= 1 ? found.FirstOrDefault() : throw MeshException.Invalid(field,
            $"{EchoedText.Shorten(report.File)} names an image that two files match: '{source.Describe(found[0])}' and "
                + $"'{source.Describe(found[1])}'");
    }

    private static Dictionary<string, IReadOnlyList<string>>? ReadGoldLabels(RadiographSource source, string field)
    {
        if (source.Labels is null)
            return null;
        var table = CsvTable.Open(source.Labels, source.Boundary, $"{field}.labels");
        table.RequireColumns("filename");
        string[] findings = [.. table.Columns
            .Where(c => !TableColumns.IsRowNumber(c) && c != "filename" && FindingColumnRule.IsFinding(c))];
        return table.IndexRows("filename").ToDictionary(r => r.Key,
            r => Reading.From(r.Value, findings).Present, StringComparer.Ordinal);
    }
}
