using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// The fourteen columns of CheXpert's labeller (Irvin et al. 2019): 1 is present, 0 absent, -1 uncertain, and empty not spoken of.
/// </summary>
internal static class ChexpertColumns
{
    private const string NoFinding = "no finding", Devices = "support devices";

    public static readonly string[] Findings =
    [
        "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion", "Edema", "Consolidation", "Pneumonia",
        "Atelectasis", "Pneumothorax",
        "Pleural Effusion", "Pleural Other", "Fracture", "Support Devices",
    ];

    /// <summary>The columns that the table has, in its order; at least one.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: none of the fourteen, or two of one name that differ.</exception>
    public static string[] FindIn(CsvTable table, string field)
    {
        string[] there = [.. table.Columns.Where(c => Findings.Contains(c, StringComparer.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase)];
        if (there.Length == 0)
            throw MeshException.Invalid(field, $"needs at least one of the columns {string.Join(", ", Findings)}");
        table.RequireColumns(there);
        return there;
    }

    /// <summary>Whether nothing is wrong: "No Finding" with at most "Support Devices". An empty row says nothing.</summary>
    public static bool IsNormal(Reading reading) =>
        reading.Present.Contains(NoFinding) && reading.Present.All(l => l is NoFinding or Devices);
}
