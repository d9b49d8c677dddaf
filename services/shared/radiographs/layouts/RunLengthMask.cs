using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// SIIM's run lengths: pairs of (pixels to skip since the last run's end, pixels of the run), column by column of a 1024 × 1024 image.
/// </summary>
public static class RunLengthMask
{
    public const int Side = 1024;

    /// <summary>The union of the masks, 255 where marked.</summary>
    public static GrayImage Decode(IReadOnlyList<string> masks, string field)
    {
        var pixels = new byte[Side * Side];
        foreach (var mask in masks)
        {
            foreach (var (start, length) in Runs(mask, field))
            {
                for (var at = start; at < start + length; at++)
                    pixels[at % Side * Side + at / Side] = 255;
            }
        }

        return new GrayImage(Side, Side, pixels);
    }

    /// <exception cref="MeshException">INVALID_FIELD: no pairs of whole numbers, or runs beyond the image.</exception>
    public static void Check(string mask, string field) => Runs(mask, field);

    private static List<(int Start, int Length)> Runs(string mask, string field)
    {
        var numbers = mask.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (numbers.Length == 0 || numbers.Length % 2 != 0)
            throw MeshException.Invalid(field, $"a mask is written as pairs of skip and length; this one has {numbers.Length} numbers");
        var runs = new List<(int, int)>();
        var at = 0L;
        for (var i = 0; i < numbers.Length; i += 2)
        {
            if (!int.TryParse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture, out var skip)
                || !int.TryParse(numbers[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                throw MeshException.Invalid(field, $"pair {i / 2 + 1} of a mask must be two whole numbers, skip and length");
            at += skip;
            if (at + length > Side * Side)
                throw MeshException.Invalid(field, $"the run of pair {i / 2 + 1} must end within the image's {Side * Side} pixels");
            runs.Add(((int)at, length));
            at += length;
        }

        return runs;
    }
}
