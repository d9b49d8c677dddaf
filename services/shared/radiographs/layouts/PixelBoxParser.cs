using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Brings boxes in pixels to shares of the image's sides.</summary>
internal static class PixelBoxParser
{
    /// <summary>Side of the square that the boxes of NIH, RSNA and ChestX-Det10 are in, whatever size the files have now.</summary>
    public const double Side = 1024;

    /// <param name="finding">The finding that it is around.</param>
    /// <param name="cells">x, y, width, height.</param>
    /// <param name="row">Where the cells are from, for the message.</param>
    /// <exception cref="MeshException">INVALID_FIELD: a cell that is not a number, a box without area, or one outside the
    /// image.</exception>
    public static StudyBox Parse(string finding, IReadOnlyList<string> cells, string field, CsvRow row) =>
        FromSides(finding, [.. cells.Select(ParseNumber)], (Side, Side), $"{row.Describe()}", field);

    /// <param name="corners">Left, top, right, bottom.</param>
    /// <param name="size">Width and height that the numbers are in pixels of.</param>
    /// <param name="place">Where they are from, for the message.</param>
    /// <param name="field">The request's field.</param>
    /// <exception cref="MeshException">INVALID_FIELD: as of <see cref="Parse"/>.</exception>
    public static StudyBox FromCorners(string finding, IReadOnlyList<double> corners, (double Width, double Height) size, string place,
        string field) =>
        FromSides(finding, corners.Count == 4 ? [corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]] : corners, size,
            place, field);

    /// <param name="sides">Left, top, width, height.</param>
    /// <param name="size">Width and height that the numbers are in pixels of.</param>
    /// <param name="place">Where they are from, for the message.</param>
    /// <param name="field">The request's field.</param>
    /// <exception cref="MeshException">INVALID_FIELD: as of <see cref="Parse"/>.</exception>
    public static StudyBox FromSides(string finding, IReadOnlyList<double> sides, (double Width, double Height) size, string place,
        string field)
    {
        var isBox = sides.Count == 4 && sides.All(double.IsFinite) && sides[2] > 0 && sides[3] > 0
            && sides[0] < size.Width && sides[1] < size.Height && sides[0] + sides[2] > 0 && sides[1] + sides[3] > 0;
        return isBox
            ? new StudyBox(finding, sides[0] / size.Width, sides[1] / size.Height, sides[2] / size.Width, sides[3] / size.Height)
            : throw MeshException.Invalid(field, string.Create(CultureInfo.InvariantCulture,
                $"{place}: the box must be four numbers, have a width and a height above 0 and overlap the image of "
                    + $"{size.Width} x {size.Height} pixels"));
    }

    /// <summary>Not a number where the cell is none.</summary>
    public static double ParseNumber(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : double.NaN;
}
