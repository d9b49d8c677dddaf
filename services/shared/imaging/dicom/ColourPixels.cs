namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>Colour as R, G and B: palettes by the upper byte of their entries, YBR by PS3.3 C.7.6.3.1.2.</summary>
internal static class ColourPixels
{
    public static RasterImage ToImage(DicomDataset elements, PixelFormat format, int[] stored)
    {
        var rgb = new byte[format.Width * format.Height * 3];
        if (format.Photometric == "PALETTE COLOR")
            ApplyPalette(elements, stored, rgb);
        else if (format.Photometric is "YBR_FULL" or "YBR_FULL_422")
            ConvertYbr(stored, rgb);
        else
        {
            for (var i = 0; i < rgb.Length; i++)
                rgb[i] = (byte)stored[i];
        }

        return new RasterImage(format.Width, format.Height, channels: 3, rgb);
    }

    private static void ApplyPalette(DicomDataset elements, int[] stored, byte[] rgb)
    {
        for (uint channel = 0; channel < 3; channel++)
        {
            var table = LookupTable.Read(elements, DicomTags.RedPaletteDescriptor + channel, DicomTags.RedPaletteData + channel,
                isSigned: false);
            var shift = Math.Max(0, table.Bits - 8);
            for (var i = 0; i < stored.Length; i++)
                rgb[(3 * i) + channel] = (byte)(table[stored[i]] >> shift);
        }
    }

    private static void ConvertYbr(int[] stored, byte[] rgb)
    {
        for (var i = 0; i < rgb.Length; i += 3)
        {
            double y = stored[i], cb = stored[i + 1] - 128, cr = stored[i + 2] - 128;
            rgb[i] = Round(y + (1.402 * cr));
            rgb[i + 1] = Round(y - (0.344136 * cb) - (0.714136 * cr));
            rgb[i + 2] = Round(y + (1.772 * cb));
        }
    }

    private static byte Round(double value) => (byte)Math.Clamp(Math.Floor(value + 0.5), 0, 255);
}
