using System.Runtime.InteropServices;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>A frame of JPEG-LS, decoded by the system's CharLS (Debian: libcharls2) where it is installed.</summary>
internal static unsafe partial class CharLsFrame
{
    private const string Library = "libcharls.so.2";

    /// <summary>The end marker once more: CharLS 2.4 counts through 2^31 zero bits, 6 s, where a stream breaks off without one.</summary>
    private static readonly byte[] _end = [0xFF, 0xD9];

    public static int[] Decode(byte[] code, PixelFormat format)
    {
        SystemLibrary.Require(Library, "JPEG-LS", "libcharls2");
        byte[] ended = [.. code, .. _end];
        var decoder = Create();
        try
        {
            fixed (byte* source = ended)
            {
                if (SetSource(decoder, source, (nuint)ended.Length) != 0 || ReadHeader(decoder) != 0
                    || GetFrameInfo(decoder, out var frame) != 0)
                    throw Broken();
                if (frame.Width != format.Width || frame.Height != format.Height || frame.Components != format.Samples
                    || frame.Bits > format.BitsAllocated)
                    throw new DicomFormatException(DicomTags.PixelData,
                        $"holds a JPEG-LS picture of {frame.Width} x {frame.Height} pixels, "
                            + $"{frame.Components} samples and {frame.Bits} bits");
                var bytesPerSample = frame.Bits <= 8 ? 1 : 2;
                var values = new int[format.Width * format.Height * format.Samples];
                var bytes = new byte[values.Length * bytesPerSample];
                fixed (byte* into = bytes)
                {
                    if (DecodeTo(decoder, into, (nuint)bytes.Length, 0) != 0)
                        throw Broken();
                }

                for (var i = 0; i < values.Length; i++)
                    values[i] = bytesPerSample == 1 ? bytes[i] : bytes[2 * i] | (bytes[(2 * i) + 1] << 8);
                return values;
            }
        }
        finally
        {
            Destroy(decoder);
        }
    }

    private static DicomFormatException Broken() => new(DicomTags.PixelData, "holds a JPEG-LS picture that can't be decoded");

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_create")]
    private static partial nint Create();

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_destroy")]
    private static partial void Destroy(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_set_source_buffer")]
    private static partial int SetSource(nint decoder, byte* source, nuint length);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_read_header")]
    private static partial int ReadHeader(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_get_frame_info")]
    private static partial int GetFrameInfo(nint decoder, out FrameInfo frame);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_decode_to_buffer")]
    private static partial int DecodeTo(nint decoder, byte* into, nuint length, uint stride);

    /// <summary>charls_frame_info of charls/public_types.h, 2.x.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FrameInfo
    {
        public uint Width;
        public uint Height;
        public int Bits;
        public int Components;
    }
}
