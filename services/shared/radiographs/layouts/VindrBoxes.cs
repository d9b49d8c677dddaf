using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>The rows of VinDr's tables of boxes that hold one, by their image.</summary>
internal sealed class VindrBoxes
{
    private static readonly string[] _corners = ["x_min", "y_min", "x_max", "y_max"];
    private readonly Dictionary<string, List<CsvRow>> _rows;

    private VindrBoxes(Dictionary<string, List<CsvRow>> rows) => _rows = rows;

    /// <exception cref="MeshException">INVALID_FIELD: a column is missing, or a row has some of the four numbers.</exception>
    public static VindrBoxes Read(IReadOnlyList<CsvTable> tables, string field)
    {
        var all = new Dictionary<string, List<CsvRow>>(StringComparer.Ordinal);
        foreach (var table in tables)
        {
            table.RequireColumns(["image_id", "class_name", .. _corners]);
            foreach (var (image, rows) in table.GroupRows("image_id"))
            {
                var boxes = rows.FindAll(r => !_corners.All(c => EmptyCell.IsEmpty(r[c])));
                if (!all.TryAdd(image, boxes))
                    throw MeshException.Invalid($"{field}.boxes", $"{rows[0].Describe()} is about an image of another table");
            }
        }

        return new VindrBoxes(all);
    }

    /// <summary>The rows of an image that hold a box.</summary>
    public IReadOnlyList<CsvRow> Rows(string image) => _rows.GetValueOrDefault(image, []);

    /// <summary>Boxes of images that gave no study.</summary>
    public IReadOnlyList<LeftOutCount> CountUnmatched(IEnumerable<Study> studies)
    {
        var stems = studies.Select(s => ImageFiles.Stem(s.Id)).ToHashSet(StringComparer.Ordinal);
        var left = new LeftOutCounter("boxes");
        foreach (var row in _rows.Where(r => !stems.Contains(r.Key)).SelectMany(r => r.Value))
            left.Add("are of images that are not in the folder or not labelled", row.Describe());
        return left.Count(_rows.Values.Sum(r => r.Count));
    }

    /// <param name="row">A row that holds a box.</param>
    /// <param name="size">Width and height of the image in pixels.</param>
    public static StudyBox Parse(CsvRow row, (double Width, double Height) size, string field) =>
        PixelBoxParser.FromCorners(Rename(LabelNormaliser.Normalise(row["class_name"])),
            [.. _corners.Select(c => PixelBoxParser.ParseNumber(row[c]))], size, row.Describe(), field) with
        {
            Rater = row.Table.HasColumn("rad_id") ? EmptyCell.Read(row["rad_id"]) : null,
        };

    /// <summary>Training says "Other diseases" where the test tables say "Other disease".</summary>
    public static string Rename(string label) => label == "other disease" ? "other diseases" : label;
}
