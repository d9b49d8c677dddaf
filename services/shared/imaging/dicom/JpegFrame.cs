using JpegLibrary;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>A frame of JPEG: baseline, extended to 12 bits, progressive or lossless to 16.</summary>
internal static class JpegFrame
{
    public static int[] Decode(byte[] code, PixelFormat format)
    {
        try
        {
            var decoder = new JpegDecoder();
            decoder.SetInput(code);
            decoder.Identify();
            if (decoder.Width != format.Width || decoder.Height != format.Height || decoder.NumberOfComponents != format.Samples)
                throw new DicomFormatException(DicomTags.PixelData,
                    $"holds a JPEG of {decoder.Width} x {decoder.Height} pixels with {decoder.NumberOfComponents} samples, which is "
                        + $"not what {DicomTags.Describe(DicomTags.Rows)} and {DicomTags.Describe(DicomTags.Columns)} say");
            var values = new int[format.Width * format.Height * format.Samples];
            decoder.SetOutputWriter(new SampleWriter(format, decoder.Precision, values));
            decoder.Decode();
            return values;
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException or IndexOutOfRangeException
            or ArgumentException or NotSupportedException or OverflowException)
        {
            throw new DicomFormatException(DicomTags.PixelData, "holds a JPEG that can't be decoded");
        }
    }

    /// <summary>Cosines may sum to a little more than white or less than black; lossless values of 16 bits fill their word.</summary>
    private sealed class SampleWriter(PixelFormat format, int precision, int[] values) : JpegBlockOutputWriter
    {
        private const int Side = 8, WordBits = 16;

        public override void WriteBlock(ref short blockRef, int componentIndex, int x, int y)
        {
            var block = System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref blockRef, Side * Side);
            for (var row = 0; row < Side && y + row < format.Height; row++)
            {
                for (var column = 0; column < Side && x + column < format.Width; column++)
                {
                    var value = block[(row * Side) + column];
                    values[((((y + row) * format.Width) + x + column) * format.Samples) + componentIndex] =
                        precision == WordBits ? (ushort)value : Math.Clamp((int)value, 0, (1 << precision) - 1);
                }
            }
        }
    }
}
