using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>ms-cxr</c>: MS-CXR (Boecking et al. 2022), phrases and their boxes on images of MIMIC-CXR-JPG, in a CSV, in COCO's form, or in both,
/// which then must agree. Boxes are in pixels of the size that the file states, not of the JPEG at hand. Boxes of one finding and phrase
/// are one target.
/// </summary>
internal sealed partial class MsCxrLayout : IDataLayout
{
    private static readonly string[] _sides = ["x", "y", "w", "h"];

    public string Name => DataLayoutNames.MsCxr;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var at = $"{field}.labels";
        var files = SourceFiles.Find(source, $"{field}.name");
        var tables = files.FindTables(source.Labels, n => n.StartsWith("ms_cxr", StringComparison.Ordinal)
            && (n.EndsWith(".csv", StringComparison.Ordinal) || n.EndsWith(".json", StringComparison.Ordinal)));
        if (tables.Count == 0)
            throw files.Missing("MS_CXR_Local_Alignment_v1.0.0.csv or .json", at);
        var read = tables.Select(t => (Name: source.Describe(t), Images: t.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? CocoFile.Read(t, source.Boundary, at) : ReadTable(CsvTable.Open(t, source.Boundary, at), at))).ToList();
        foreach (var other in read.Skip(1))
        {
            if (!Boxes(read[0].Images).SetEquals(Boxes(other.Images)))
                throw MeshException.Invalid(at, $"'{read[0].Name}' and '{other.Name}' have different boxes: name the one to read");
        }

        var left = new LeftOutCounter("images of the table");
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var studies = new List<Study>();
        foreach (var image in read[0].Images)
        {
            cancellation.ThrowIfCancellationRequested();
            if (files.FindImage(image.Name, image.Place, at) is not { } file)
                left.Add("are not in the folder", image.Place);
            else if (!taken.Add(file))
                throw MeshException.Invalid(at, $"{image.Place} is about the image of another entry");
            else
                studies.Add(Describe(image, files.RelativePath(file), file));
        }

        return files.Complete(studies, left.Count(read[0].Images.Count), taken, "the table", field);
    }

    private static Study Describe(CocoImage image, string id, string file)
    {
        var path = StudyPath().Match(image.Name) is { Success: true } found ? found : StudyPath().Match(id);
        return new Study
        {
            Id = id,
            Source = DataLayoutNames.Mimic,
            Patient = path.Groups["subject"].Value,
            Exam = path.Success ? path.Groups["study"].Value : null,
            Labels = [.. image.Annotations.Select(a => a.Category).Distinct().Order(StringComparer.Ordinal)],
            Boxes = [.. image.Annotations.Select(a => a.Box)],
            ImageFile = file,
        };
    }

    private static List<CocoImage> ReadTable(CsvTable table, string field)
    {
        table.RequireColumns("category_name", "label_text", "path", "x", "y", "w", "h", "image_width", "image_height");
        return [.. table.GroupRows("path").Select(g => new CocoImage(g.Key, g.Value[0].Describe(), [.. g.Value.Select(ReadRow)]))];

        CocoAnnotation ReadRow(CsvRow row)
        {
            var size = (Width: PixelBoxParser.ParseNumber(row["image_width"]), Height: PixelBoxParser.ParseNumber(row["image_height"]));
            if (size is not { Width: > 0, Height: > 0 })
                throw table.Refuse(row, "image_width", "the image's width and height must be numbers above 0");
            double[] sides = [.. _sides.Select(c => PixelBoxParser.ParseNumber(row[c]))];
            var finding = LabelNormaliser.Normalise(row["category_name"]);
            var box = PixelBoxParser.FromSides(finding, sides, size, row.Describe(), field);
            return new CocoAnnotation(finding, box with { Phrase = row["label_text"] }, row["label_text"]);
        }
    }

    private static HashSet<(string, StudyBox)> Boxes(IEnumerable<CocoImage> images) =>
        [.. images.SelectMany(i => i.Annotations.Select(a => (Path.GetFileName(i.Name), a.Box)))];

    [GeneratedRegex(@"p(?<subject>\d+)[/\\]s(?<study>\d+)[/\\][^/\\]+\z")]
    private static partial Regex StudyPath();
}
