using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging.Dicom;

namespace SynCxr.Mesh.Imaging;

/// <summary>What an image file says of itself before its pixels, read without them.</summary>
/// <param name="Width">In pixels, as stored.</param>
/// <param name="Height">In pixels, as stored.</param>
/// <param name="Patient">Patient ID of a DICOM file; empty where there is none.</param>
/// <param name="View">View Position of a DICOM file, <c>PA</c>; empty where there is none.</param>
public sealed record ImageFacts(int Width, int Height, string Patient, string View)
{
    /// <summary>Enough for the elements of a radiograph that stand before its pixels; a file that needs more is read whole.</summary>
    private const int FirstBytes = 64 << 10;

    /// <summary>Reads the begin of a file, and of a DICOM file no more than is needed.</summary>
    /// <param name="file">Positioned at its begin.</param>
    /// <param name="field">Its path in the request.</param>
    /// <exception cref="MeshException">INVALID_FIELD: neither PNG, JPEG nor DICOM, truncated, or too large.</exception>
    public static ImageFacts Read(Stream file, string field)
    {
        if (file.Length > DicomDecoder.MaxBytes)
            throw MeshException.Invalid(field, $"is {file.Length} bytes long; at most {DicomDecoder.MaxBytes} are taken");
        var bytes = ReadBytes(file, (int)Math.Min(file.Length, FirstBytes));
        if (!IsImage(bytes) && TryReadDicom(bytes, out var facts))
            return facts;
        file.Position = 0;
        bytes = ReadBytes(file, (int)file.Length);
        if (IsImage(bytes))
        {
            var header = ImageHeader.Read(bytes, field);
            return new ImageFacts(header.Width, header.Height, "", "");
        }

        try
        {
            return ReadDicom(bytes);
        }
        catch (DicomFormatException error)
        {
            throw MeshException.Invalid(field, error.Message);
        }
    }

    private static bool IsImage(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(PngEncoder.Signature) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    private static bool TryReadDicom(byte[] bytes, out ImageFacts facts)
    {
        try
        {
            facts = ReadDicom(bytes);
            return true;
        }
        catch (DicomFormatException)
        {
            facts = null!;
            return false;
        }
    }

    private static ImageFacts ReadDicom(byte[] bytes)
    {
        var elements = DicomReader.ReadUpTo(bytes, DicomTags.Columns);
        return new ImageFacts(elements.GetNumber(DicomTags.Columns), elements.GetNumber(DicomTags.Rows),
            elements.FindText(DicomTags.PatientId), elements.FindText(DicomTags.ViewPosition));
    }

    private static byte[] ReadBytes(Stream file, int count)
    {
        var bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }
}
