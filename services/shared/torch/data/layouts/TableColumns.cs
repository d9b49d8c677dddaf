using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Torch.Data.Layouts;

/// <summary>Which columns of a plain table mean what, by the names that are usual; case and "_" or " " do not count.</summary>
internal sealed record TableColumns(string Image, string? Patient, string? Label, IReadOnlyList<string> Texts, IReadOnlyList<string> Findings)
{
    public static readonly string[] ImageNames = ["image", "image id", "image index", "imageid", "file", "file name", "filename", "path"];
    public static readonly string[] PatientNames = ["patient", "patient id", "patientid", "subject", "subject id"];
    private static readonly string[] LabelNames = ["label", "labels", "finding labels", "finding", "class"];
    private static readonly string[] TextNames = ["report", "caption", "text", "findings", "impression"];
    private static readonly string[] Answers = ["", "0", "1", "-1", "0.0", "1.0", "-1.0"];

    /// <exception cref="MeshException">INVALID_FIELD: no column names the picture.</exception>
    public static TableColumns Of(CsvTable table, string field)
    {
        var image = Find(table, ImageNames) ?? throw MeshException.Invalid(field, $"has no column that names the picture ({string.Join(", ", ImageNames)}); it has {string.Join(", ", table.Columns)}");
        var (patient, label) = (Find(table, PatientNames), Find(table, LabelNames));
        string[] texts = [.. TextNames.Select(n => Find(table, [n])).OfType<string>()];
        string[] findings = [.. table.Columns.Where(c => c != image && c != patient && c != label && !texts.Contains(c) && IsAnswer(table, c))];
        return new TableColumns(image, patient, label, texts, findings);
    }

    private static string? Find(CsvTable table, IReadOnlyList<string> names) =>
        names.Select(n => table.Columns.FirstOrDefault(c => Layouts.Label.Plain(c) == n)).FirstOrDefault(c => c is not null);

    /// <summary>A column of nothing but 0, 1, -1 and empty cells, one of them not 0.</summary>
    private static bool IsAnswer(CsvTable table, string column) =>
        table.Rows.All(r => Answers.Contains(r[column])) && table.Rows.Any(r => r[column] is "1" or "1.0" or "-1" or "-1.0");
}
