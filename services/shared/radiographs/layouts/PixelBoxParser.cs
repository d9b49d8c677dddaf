using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Parses the boxes of NIH's and RSNA's tables, which are in pixels of a square of 1024.</summary>
internal static class PixelBoxParser
{
    private const double Side = 1024;

    /// <summary>As shares of the image's sides.</summary>
    /// <param name="cells">x, y, width, height.</param>
    /// <param name="row">Where the cells are from, for the message.</param>
    /// <exception cref="MeshException">INVALID_FIELD: a cell that is not a number, a box without area, or one outside the
    /// image.</exception>
    public static StudyBox Parse(string finding, IReadOnlyList<string> cells, string field, CsvRow row)
    {
        var side = cells.Select(
            c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value / Side : double.NaN).ToArray();
        var (x, y, width, height) = (side[0], side[1], side[2], side[3]);
        return width > 0 && height > 0 && x < 1 && y < 1 && x + width > 0 && y + height > 0 && side.All(double.IsFinite)
            ? new StudyBox(finding, x, y, width, height)
            : throw MeshException.Invalid(field,
                $"{row.Describe()}: the box must be four numbers, have a width and a height above 0 and overlap the image of "
                    + $"{Side} x {Side} pixels");
    }
}
