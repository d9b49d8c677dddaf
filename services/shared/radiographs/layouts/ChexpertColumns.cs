using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// The fourteen columns of CheXpert's labeller (Irvin et al. 2019): 1 is present, -1 uncertain, 0 and empty absent or not spoken of.
/// </summary>
internal static class ChexpertColumns
{
    public static readonly string[] Findings =
    [
        "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion", "Edema", "Consolidation", "Pneumonia",
        "Atelectasis", "Pneumothorax",
        "Pleural Effusion", "Pleural Other", "Fracture", "Support Devices",
    ];

    /// <summary>The columns that the table has; at least one.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: none of the fourteen.</exception>
    public static string[] FindIn(CsvTable table, string field)
    {
        string[] there = [.. Findings.Where(table.HasColumn)];
        return there.Length > 0 ? there
            : throw MeshException.Invalid(field, $"needs at least one of the columns {string.Join(", ", Findings)}");
    }

    public static IReadOnlyList<string> FindingsWithValue(CsvRow row, string[] columns, int value) =>
        [.. columns.Where(c => Value(row[c]) == value).Select(LabelNormaliser.Normalise)];

    private static int Value(string cell) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        ? (int)value : 0;
}
