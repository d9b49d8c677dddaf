using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging.Dicom;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// Reads DICOM radiographs of 8 to 16 bits and shows them as a viewer would: modality transform, VOI LUT or window, else the whole range;
/// white and black turned where the file says so. Nothing of the file's texts is in an image or a message.
/// </summary>
public static class DicomDecoder
{
    /// <summary>Largest file, in bytes.</summary>
    public const int MaxBytes = 160 << 20;

    /// <summary>Whether bytes begin as a DICOM file does, with its preamble.</summary>
    public static bool IsDicom(ReadOnlySpan<byte> bytes) => bytes.Length > 132 && bytes.Slice(128, 4).SequenceEqual("DICM"u8);

    /// <param name="bytes">The file.</param>
    /// <param name="field">Its path in the request.</param>
    /// <param name="frame">Which frame, from 0.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no DICOM file, or one of a kind that is not read; the element is named.</exception>
    public static GrayImage DecodeGray(byte[] bytes, string field, int frame = 0)
    {
        if (bytes.Length > MaxBytes)
            throw MeshException.Invalid(field, $"is {bytes.Length} bytes long; at most {MaxBytes} are taken");
        try
        {
            var (elements, syntax) = DicomReader.Read(bytes);
            if (!elements.TryGet(DicomTags.PixelData, out _))
                throw new DicomFormatException($"The file holds no picture: {DicomTags.Describe(DicomTags.PixelData)} is missing.");
            var format = PixelFormat.Read(elements);
            var stored = StoredPixels.Read(elements, syntax, format, frame);
            return format.Samples == 3 || format.Photometric == "PALETTE COLOR"
                ? ColourPixels.ToImage(elements, format, stored).ToGray()
                : new GrayImage(format.Width, format.Height, DisplayRule.Apply(elements, format, stored));
        }
        catch (DicomFormatException error)
        {
            throw MeshException.Invalid(field, error.Message);
        }
    }
}
