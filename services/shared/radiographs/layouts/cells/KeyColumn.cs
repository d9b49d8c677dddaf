using System.Text.RegularExpressions;

namespace SynCxr.Mesh.Radiographs.Layouts.Cells;

/// <summary>
/// Brings the numbers of patients or exams to one spelling, for joining only: 7, 07 and 7.0 are one where every cell of a column is a
/// whole number. In a column with anything else each cell stands as it is spelled.
/// </summary>
internal sealed partial class KeyColumn
{
    private readonly bool _isNumeric;

    private KeyColumn(bool isNumeric) => _isNumeric = isNumeric;

    public static KeyColumn Create(IEnumerable<string> cells) => new(cells.All(c => EmptyCell.IsEmpty(c) || WholeNumber().IsMatch(c)));

    /// <summary>The key of a cell; empty where it says nothing.</summary>
    public string Normalise(string cell)
    {
        if (EmptyCell.IsEmpty(cell))
            return "";
        if (!_isNumeric || WholeNumber().Match(cell) is not { Success: true } number)
            return cell;
        var digits = number.Groups["digits"].Value.TrimStart('0');
        return digits.Length > 0 ? digits : "0";
    }

    [GeneratedRegex(@"\A(?<digits>[0-9]+)(\.0*)?\z")]
    private static partial Regex WholeNumber();
}
