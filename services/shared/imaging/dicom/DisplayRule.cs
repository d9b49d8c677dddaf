namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>
/// From stored values to 8-bit gray, as a viewer shows a radiograph (PS3.3 C.11.1, C.11.2; PS3.4 N.2): modality transform, then the first
/// VOI LUT, else the first window, else the whole range that the values can have; turned once where 0 is white.
/// </summary>
internal static class DisplayRule
{
    public static byte[] Apply(DicomDataset elements, PixelFormat format, int[] stored)
    {
        var (transform, least, most) = ReadModality(elements, format);
        var show = ReadVoi(elements, least, most);
        var isTurned = format.Photometric == "MONOCHROME1" || elements.FindText(DicomTags.PresentationLutShape) == "INVERSE";
        var (low, high) = format.Range;
        var shades = new short[high - low + 1]; // each value's shade, worked out where it occurs first
        Array.Fill(shades, (short)-1);
        var gray = new byte[stored.Length];
        for (var i = 0; i < gray.Length; i++)
        {
            ref var shade = ref shades[stored[i] - low];
            if (shade < 0)
            {
                var position = show(transform(stored[i]));
                shade = (short)Math.Floor(((isTurned ? 1 - position : position) * 255) + 0.5);
            }

            gray[i] = (byte)shade;
        }

        return gray;
    }

    /// <summary>The modality transform, and the smallest and largest value that it can give.</summary>
    private static (Func<int, double> Transform, double Least, double Most) ReadModality(DicomDataset elements, PixelFormat format)
    {
        if (LookupTable.ReadFirst(elements, DicomTags.ModalityLut, format.IsSigned) is { } table)
            return (v => table[v], 0, table.Most);
        var (low, high) = format.Range;
        if (elements.FindDecimal(DicomTags.RescaleSlope) is not { } slope
            || elements.FindDecimal(DicomTags.RescaleIntercept) is not { } intercept)
            return (v => v, low, high);
        if (slope == 0)
            throw new DicomFormatException(DicomTags.RescaleSlope, "is 0: every pixel would have one value");
        double a = (low * slope) + intercept, b = (high * slope) + intercept;
        return (v => (v * slope) + intercept, Math.Min(a, b), Math.Max(a, b));
    }

    /// <summary>From a value of the modality to its place between black, 0, and white, 1.</summary>
    private static Func<double, double> ReadVoi(DicomDataset elements, double least, double most)
    {
        if (LookupTable.ReadFirst(elements, DicomTags.VoiLut, least < 0) is { } table)
            return m => table[Math.Floor(m)] / (double)table.Most;
        var (center, width) = (elements.FindDecimal(DicomTags.WindowCenter), elements.FindDecimal(DicomTags.WindowWidth));
        if (center is { } c && width is { } w)
        {
            switch (elements.FindText(DicomTags.VoiLutFunction))
            {
                case "SIGMOID" when w > 0:
                    return m => 1 / (1 + Math.Exp(-4 * (m - c) / w));
                case "LINEAR_EXACT" when w > 0:
                    return m => Math.Clamp(((m - c) / w) + 0.5, 0, 1);
                case "" or "LINEAR" when w == 1:
                    return m => m > c - 0.5 ? 1 : 0;
                case "" or "LINEAR" when w > 1:
                    return m => Math.Clamp(((m - (c - 0.5)) / (w - 1)) + 0.5, 0, 1);
                case "" or "LINEAR" or "LINEAR_EXACT" or "SIGMOID":
                    break;
                default:
                    throw new DicomFormatException(DicomTags.VoiLutFunction, "must be LINEAR, LINEAR_EXACT or SIGMOID");
            }
        }

        return most > least ? m => (m - least) / (most - least) : _ => 0;
    }
}
