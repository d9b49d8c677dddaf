using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>What the columns of a table hold, by their usual names; case and the difference of "_" and " " are ignored.</summary>
internal sealed partial record TableColumns(string Image, string? Patient, string? Label, IReadOnlyList<string> Texts,
    IReadOnlyList<string> Findings)
{
    public static readonly string[] ImageColumnNames = ["image", "image id", "image index", "imageid", "file", "file name", "filename",
        "path"];
    public static readonly string[] PatientColumnNames = ["patient", "patient id", "patientid", "subject", "subject id"];
    public static readonly string[] LabelColumnNames = ["label", "labels", "finding labels", "finding", "class"];
    public static readonly string[] TextColumnNames = ["report", "caption", "text", "findings", "impression"];
    private static readonly string[] _viewColumnNames = ["view", "view position", "viewposition", "projection"];

    /// <summary>The column of views; null where there is none.</summary>
    public string? View { get; private init; }

    /// <summary>The column that says which part of the set's own split an image is in; null where there is none.</summary>
    public string? Split { get; private init; }

    /// <summary>Columns of answers that were not taken, because their names say that they are no findings.</summary>
    public IReadOnlyList<string> OtherAnswers { get; private init; } = [];

    /// <exception cref="MeshException">INVALID_FIELD: no column names the image, or two columns of one name differ.</exception>
    public static TableColumns Detect(CsvTable table, string field)
    {
        var image = FindColumn(table, ImageColumnNames) ?? throw MeshException.Invalid(field,
            $"needs a column that names the image, called one of {string.Join(", ", ImageColumnNames)}; none of "
                + $"the {table.Columns.Count} of its first line is");
        var (patient, label) = (FindColumn(table, PatientColumnNames), FindColumn(table, LabelColumnNames));
        string[] texts = [.. TextColumnNames.Select(n => FindColumn(table, [n])).OfType<string>()];
        var (view, split) = (FindColumn(table, _viewColumnNames), FindColumn(table, ["split"]));
        string?[] taken = [image, patient, label, view, split, .. texts];
        string[] answers = [.. table.Columns.Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(c => !IsRowNumber(c) && !taken.Contains(c) && HoldsAnswers(table, c))];
        string[] findings = [.. answers.Where(FindingColumnRule.IsFinding)];
        foreach (var column in taken.OfType<string>().Concat(findings))
            table.ThrowIfDisagreeing(column);
        return new TableColumns(image, patient, label, texts, findings)
        {
            OtherAnswers = [.. answers.Except(findings)],
            View = view,
            Split = split,
        };
    }

    /// <summary>A column without a name, or with the one that pandas gives it, numbers the rows.</summary>
    public static bool IsRowNumber(string column) => column.Length == 0 || RowNumber().IsMatch(column);

    private static string? FindColumn(CsvTable table, IReadOnlyList<string> names) =>
        names.Select(n => table.Columns.FirstOrDefault(c => LabelNormaliser.Normalise(c) == n))
            .FirstOrDefault(c => c is not null);

    /// <summary>
    /// Whether a column holds only answers, and at least one that is not 0. One that is called as a finding is, holds them in most of its
    /// cells: another cell is a mistake, and refused when it is read.
    /// </summary>
    private static bool HoldsAnswers(CsvTable table, string column)
    {
        var (some, others, all) = (0, 0, 0);
        foreach (var row in table.Rows)
        {
            all++;
            if (!FindingCell.TryParse(row[column], out var answer))
                others++;
            else if (answer is FindingAnswer.Present or FindingAnswer.Uncertain)
                some++;
        }

        return some > 0 && (others == 0 || (FindingColumnRule.IsKnown(column) && others * 2 < all));
    }

    [GeneratedRegex(@"\AUnnamed: ?\d+\z", RegexOptions.IgnoreCase)]
    private static partial Regex RowNumber();
}
