using System.Globalization;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>padchest</c>: PadChest (Bustos et al. 2020), with the table of all its columns. Labels are a list in a cell; images lie in the
/// folder that <c>ImageDir</c> names. An image labelled "exclude" is left out. Reports are in Spanish, stemmed.
/// </summary>
internal sealed class PadchestLayout : IDataLayout
{
    private const string Exclude = "exclude", Normal = "normal";

    /// <summary>Labels of the exam, which are no findings.</summary>
    private static readonly string[] _remarks = [Exclude, "suboptimal study", "unchanged"];


    public string Name => DataLayoutNames.Padchest;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var table = files.OpenTable(source.Labels, n => n.StartsWith("padchest", StringComparison.Ordinal)
            && n.EndsWith(".csv", StringComparison.Ordinal), "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", $"{field}.labels");
        table.RequireColumns("ImageID", "Labels", "PatientID");
        var patients = KeyColumn.Create(table.Rows.Select(r => r["PatientID"]));
        var left = new LeftOutCounter("rows");
        var views = new ViewFilter(source, left);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var studies = new List<Study>();
        foreach (var row in table.IndexRows("ImageID").Values)
        {
            cancellation.ThrowIfCancellationRequested();
            var folder = table.HasColumn("ImageDir") ? EmptyCell.Read(row["ImageDir"]) : null;
            if (files.FindImage(row["ImageID"], row.Describe(), $"{field}.labels", folder) is not { } file)
            {
                left.Add("have no image", row.Describe());
                continue;
            }

            taken.Add(file);
            var labels = ReadLabels(row);
            var view = table.HasColumn("Projection") ? EmptyCell.Read(row["Projection"]) : null;
            var isFrontal = ViewFilter.IsFrontal(view);
            if (labels.Contains(Exclude))
                left.Add("are labelled 'exclude'", row.Describe());
            else if (!table.HasColumn("Projection") || !views.LeavesOut(isFrontal, row.Describe(), "are no frontal views"))
                studies.Add(Describe(row, labels, files.RelativePath(file), file) with
                {
                    Patient = EmptyCell.Read(row["PatientID"]) ?? "",
                    PatientKey = patients.Normalise(row["PatientID"]),
                    View = view,
                    IsFrontal = isFrontal,
                });
        }

        return files.Complete(studies, left.Count(table.Rows.Count), taken, table.Name, field);
    }

    private Study Describe(CsvRow row, string[] labels, string id, string file)
    {
        string[] remarks = [.. labels.Where(_remarks.Contains)];
        return new Study
        {
            Id = id,
            Source = Name,
            Exam = row.Table.HasColumn("StudyID") ? EmptyCell.Read(row["StudyID"]) : null,
            Labels = labels,
            Remarks = remarks,
            IsNormal = labels.Contains(Normal) && labels.Length == remarks.Length + 1,
            Report = row.Table.HasColumn("Report") ? EmptyCell.Read(row["Report"]) : null,
            ReportLanguage = "es",
            Facts = ReadFacts(row),
            ImageFile = file,
        };
    }

    /// <summary>In lower case, each once, in their order.</summary>
    private static string[] ReadLabels(CsvRow row)
    {
        if (EmptyCell.IsEmpty(row["Labels"]))
            return [];
        var list = ListCell.Parse(row["Labels"]) ?? throw row.Table.Refuse(row, "Labels", ListCell.Expected);
        return [.. list.Select(LabelNormaliser.Normalise).Where(l => l.Length > 0).Distinct(StringComparer.Ordinal)];
    }

    private static Dictionary<string, string> ReadFacts(CsvRow row)
    {
        var facts = SourceFacts.Read(row, ("birth year", "PatientBirth"), ("pediatric", "Pediatric"), ("sex", "PatientSex_DICOM"),
            ("labelled by", "MethodLabel"));
        if (facts.TryGetValue("birth year", out var year)
            && double.TryParse(year, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number == Math.Floor(number))
            facts["birth year"] = number.ToString(CultureInfo.InvariantCulture);
        if (facts.TryGetValue("pediatric", out var child))
            facts["pediatric"] = child.Equals("PED", StringComparison.OrdinalIgnoreCase) ? "true" : "false";
        return facts;
    }
}
