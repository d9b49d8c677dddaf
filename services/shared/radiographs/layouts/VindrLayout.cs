using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>vindr</c>: VinDr-CXR (Nguyen et al. 2022). <c>image_labels_*.csv</c> has a row a rater, joined by majority unless the source says
/// otherwise; <c>annotations_*.csv</c> has boxes as corners in pixels of the DICOM, of which every rater's are kept.
/// </summary>
internal sealed class VindrLayout : IDataLayout
{
    private const string Nothing = "no finding";
    private static readonly string[] _keys = ["image_id", "rad_id"];

    public string Name => DataLayoutNames.Vindr;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var at = $"{field}.labels";
        var files = SourceFiles.Find(source, $"{field}.name");
        var tables = files.FindTables(source.Labels, n => n.StartsWith("image_labels", StringComparison.Ordinal)
            && n.EndsWith(".csv", StringComparison.Ordinal));
        if (tables.Count == 0)
            throw files.Missing("annotations/image_labels_train.csv", at);
        var boxes = ReadBoxes(source, files, field);
        var policy = source.Raters ?? RaterPolicyNames.Majority;
        var left = new LeftOutCounter("images of the tables");
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var studies = new List<Study>();
        var images = 0;
        foreach (var table in tables.Select(t => CsvTable.Open(t, source.Boundary, at)))
        {
            table.RequireColumns("image_id");
            var columns = FindColumns(table, at);
            var split = SplitName.Find(table.Name);
            foreach (var rows in GroupRaters(table))
            {
                cancellation.ThrowIfCancellationRequested();
                images++;
                if (files.FindImage(rows[0]["image_id"], rows[0].Describe(), at, split) is not { } file)
                {
                    left.Add("are not in the folder", rows[0].Describe());
                    continue;
                }

                if (!taken.Add(file))
                    throw table.Refuse(rows[0], "image_id", "another table has the same image");
                var labels = RaterRule.Join([.. rows.Select(r => Reading.From(r, columns)).Select(Rename)], policy,
                    what => table.Refuse(rows[0], "image_id", what));
                studies.Add(Describe(files.RelativePath(file), file, labels, rows.Count) with
                {
                    Split = split,
                    Boxes = Mark(boxes.Rows(rows[0]["image_id"]), labels, rows.Count, file, source.Boundary, $"{field}.boxes"),
                });
            }
        }

        var set = files.Complete(studies, [.. left.Count(images), .. boxes.CountUnmatched(studies)], taken, "the tables", field);
        var several = set.Studies.Count(s => s.Raters > 1);
        return several == 0 ? set : set with
        {
            RaterPolicy = policy,
            Notes = [.. set.Notes, $"Labels of {several} images are those of several raters, joined by the policy '{policy}'."],
        };
    }

    private Study Describe(string id, string file, Reading labels, int raters) => new()
    {
        Id = id,
        Source = Name,
        Labels = [.. labels.Present.Order(StringComparer.Ordinal)],
        Uncertain = [.. labels.Uncertain.Order(StringComparer.Ordinal)],
        Negative = labels.Negative,
        IsNormal = labels.Present is [Nothing],
        Raters = raters,
        ImageFile = file,
    };

    private static Reading Rename(Reading reading)
    {
        return new Reading(Each(reading.Present), Each(reading.Uncertain), Each(reading.Negative));

        static string[] Each(IReadOnlyList<string> labels) => [.. labels.Select(VindrBoxes.Rename)];
    }

    private static string[] FindColumns(CsvTable table, string field)
    {
        string[] columns = [.. table.Columns.Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(c => !TableColumns.IsRowNumber(c) && !_keys.Contains(c, StringComparer.OrdinalIgnoreCase)
                && FindingColumnRule.IsFinding(c) && HoldsAnswers(table, c))];
        if (columns.Length == 0)
            throw MeshException.Invalid(field, $"'{table.Name}' has no column of a finding");
        table.RequireColumns(columns);
        return columns;
    }

    /// <summary>A column of remarks has none; a single cell that is no answer is a mistake, and refused when it is read.</summary>
    private static bool HoldsAnswers(CsvTable table, string column) =>
        table.Rows.Count(r => FindingCell.TryParse(r[column], out _)) * 2 >= table.Rows.Count || FindingColumnRule.IsKnown(column);

    /// <summary>The rows of each image; one rater has one row of it.</summary>
    private static IEnumerable<IReadOnlyList<CsvRow>> GroupRaters(CsvTable table)
    {
        foreach (var rows in table.GroupRows("image_id").Values)
        {
            if (!table.HasColumn("rad_id"))
                table.RequireOne(rows, "image_id");
            else if (rows.GroupBy(r => r["rad_id"]).FirstOrDefault(g => g.Count() > 1) is { } twice)
                table.RequireOne([.. twice], "image_id and rad_id");
            yield return rows;
        }
    }

    private static VindrBoxes ReadBoxes(RadiographSource source, SourceFiles files, string field) => VindrBoxes.Read(
        [.. files.FindTables(source.Boxes, n => n.StartsWith("annotations_", StringComparison.Ordinal)
            && n.EndsWith(".csv", StringComparison.Ordinal)).Select(t => CsvTable.Open(t, source.Boundary, $"{field}.boxes"))], field);

    private static StudyBox[] Mark(IReadOnlyList<CsvRow> rows, Reading labels, int raters, string file, DataBoundary boundary, string field)
    {
        if (rows.Count == 0)
            return [];
        using var stream = boundary.OpenRead(file, field);
        var facts = ImageFacts.Read(stream, $"{field}: {boundary.Describe(file)}");
        return [.. rows.Select(r => VindrBoxes.Parse(r, (facts.Width, facts.Height), field))
            .Select(b => raters > 1 ? b with { IsAgreed = labels.Present.Contains(b.Finding) } : b)];
    }
}
