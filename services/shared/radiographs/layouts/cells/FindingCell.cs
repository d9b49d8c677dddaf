using System.Globalization;

namespace SynCxr.Mesh.Radiographs.Layouts.Cells;

/// <summary>What a cell says of the finding of its column.</summary>
internal enum FindingAnswer
{
    /// <summary>Nothing.</summary>
    NotSpokenOf,

    /// <summary>It is there.</summary>
    Present,

    /// <summary>It is not there.</summary>
    Absent,

    /// <summary>It may be there.</summary>
    Uncertain,
}

/// <summary>Parses the cells of a column of one finding: 1, 0 and -1 in any way of writing, True and False, or nothing.</summary>
internal static class FindingCell
{
    public const string Expected = "must be 1, 0, -1, True, False or empty";

    public static bool TryParse(string cell, out FindingAnswer answer)
    {
        answer = FindingAnswer.NotSpokenOf;
        if (EmptyCell.IsEmpty(cell))
            return true;
        if (bool.TryParse(cell, out var isTrue))
        {
            answer = isTrue ? FindingAnswer.Present : FindingAnswer.Absent;
            return true;
        }

        if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || number is not (0 or 1 or -1))
            return false;
        answer = number == 1 ? FindingAnswer.Present : number == 0 ? FindingAnswer.Absent : FindingAnswer.Uncertain;
        return true;
    }
}
