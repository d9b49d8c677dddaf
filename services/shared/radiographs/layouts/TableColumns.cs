using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>What the columns of a table hold, by their usual names; case and the difference of "_" and " " are ignored.</summary>
internal sealed record TableColumns(string Image, string? Patient, string? Label, IReadOnlyList<string> Texts,
    IReadOnlyList<string> Findings)
{
    public static readonly string[] ImageColumnNames = ["image", "image id", "image index", "imageid", "file", "file name", "filename",
        "path"];
    public static readonly string[] PatientColumnNames = ["patient", "patient id", "patientid", "subject", "subject id"];
    private static readonly string[] _labelColumnNames = ["label", "labels", "finding labels", "finding", "class"];
    private static readonly string[] _textColumnNames = ["report", "caption", "text", "findings", "impression"];
    private static readonly string[] _answerCells = ["", "0", "1", "-1", "0.0", "1.0", "-1.0"];

    /// <exception cref="MeshException">INVALID_FIELD: no column names the image.</exception>
    public static TableColumns Detect(CsvTable table, string field)
    {
        var image = FindColumn(table, ImageColumnNames) ?? throw MeshException.Invalid(field,
            $"needs a column that names the image, called one of {string.Join(", ", ImageColumnNames)}; none of "
                + $"the {table.Columns.Count} of its first line is");
        var (patient, label) = (FindColumn(table, PatientColumnNames), FindColumn(table, _labelColumnNames));
        string[] texts = [.. _textColumnNames.Select(n => FindColumn(table, [n])).OfType<string>()];
        string[] findings = [
            .. table.Columns.Where(c => c != image && c != patient && c != label && !texts.Contains(c) && HoldsAnswers(table, c))];
        return new TableColumns(image, patient, label, texts, findings);
    }

    private static string? FindColumn(CsvTable table, IReadOnlyList<string> names) =>
        names.Select(n => table.Columns.FirstOrDefault(c => SynCxr.Mesh.Radiographs.Layouts.LabelNormaliser.Normalise(c) == n))
            .FirstOrDefault(c => c is not null);

    /// <summary>Whether a column holds only 0, 1, -1 and empty cells, and at least one that is not 0.</summary>
    private static bool HoldsAnswers(CsvTable table, string column) =>
        table.Rows.All(r => _answerCells.Contains(r[column])) && table.Rows.Any(r => r[column] is "1" or "1.0" or "-1" or "-1.0");
}
