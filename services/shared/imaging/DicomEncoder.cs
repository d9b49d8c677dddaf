using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Imaging.Dicom;

namespace SynCxr.Mesh.Imaging;

/// <summary>
/// Writes an image as a digital X-ray for presentation (DX, PS3.3 A.26) that says that it is synthetic: Synthetic Data (0008,001C) is YES,
/// Content Qualification (0018,9004) RESEARCH, and its patient is nobody.
/// </summary>
public static class DicomEncoder
{
    /// <summary>Bits of a pixel that are written.</summary>
    public static IReadOnlyList<int> BitDepths { get; } = [8, 12];

    private const string DigitalXRayForPresentation = "1.2.840.10008.5.1.4.1.1.1.1", Implementation = "SYNCXR_MESH";
    private const int MaxComments = 10_240, MaxShortText = 64;

    /// <summary>Width of the receptor that pixel spacing is given for: of no meaning for an image of nobody, but DX asks.</summary>
    private const double NominalWidthMillimetres = 350;

    /// <param name="bits">8; or 12, and then the values are stretched to 4095.</param>
    /// <exception cref="ArgumentOutOfRangeException">Neither 8 nor 12 bits.</exception>
    public static byte[] Encode(GrayImage image, SyntheticRadiograph description, int bits)
    {
        if (!BitDepths.Contains(bits))
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "8 or 12 bits are written");
        var instance = CreateUid($"image|{description.Key}|{bits}");
        var meta = new DicomWriter()
            .AddBytes(0x0002_0001, "OB", [0, 1])
            .AddText(0x0002_0002, "UI", DigitalXRayForPresentation)
            .AddText(0x0002_0003, "UI", instance)
            .AddText(0x0002_0010, "UI", TransferSyntaxes.ExplicitLittle)
            .AddText(0x0002_0012, "UI", CreateUid("implementation"))
            .AddText(0x0002_0013, "SH", Implementation);
        var elements = new DicomWriter();
        AddIdentity(elements, description, instance);
        AddAcquisition(elements, image);
        AddRelationship(elements, description);
        AddPixels(elements, image, bits);
        return DicomWriter.CreateFile(meta, elements);
    }

    private static void AddIdentity(DicomWriter elements, SyntheticRadiograph description, string instance) => elements
        .AddText(0x0008_0005, "CS", "ISO_IR 192") // UTF-8
        .AddText(0x0008_0008, "CS", "DERIVED\\PRIMARY")
        .AddText(0x0008_0016, "UI", DigitalXRayForPresentation)
        .AddText(0x0008_0018, "UI", instance)
        .AddText(DicomTags.SyntheticData, "CS", "YES")
        .AddText(0x0008_0020, "DA", description.Made.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture))
        .AddText(0x0008_0030, "TM", description.Made.UtcDateTime.ToString("HHmmss", CultureInfo.InvariantCulture))
        .AddText(0x0008_0050, "SH", "") // accession number
        .AddText(0x0008_0060, "CS", "DX")
        .AddText(0x0008_0068, "CS", "FOR PRESENTATION")
        .AddText(0x0008_0070, "LO", "SynCxr.Mesh")
        .AddText(0x0008_0090, "PN", "") // referring physician
        .AddText(0x0008_103E, "LO", Cut(description.SeriesDescription, MaxShortText))
        .AddText(0x0008_1090, "LO", Cut(description.Generator, MaxShortText))
        .AddText(0x0008_2111, "ST", Cut($"Made by a generative model: {description.Generator}", 1024))
        .AddSequence(0x0008_2218, CreateCode("43799004", "SCT", "Thorax"))
        .AddText(0x0010_0010, "PN", "SYNTHETIC^NOBODY")
        .AddText(0x0010_0020, "LO", Cut(description.PatientId, MaxShortText))
        .AddText(0x0010_0030, "DA", "")
        .AddText(0x0010_0040, "CS", "");

    private static void AddAcquisition(DicomWriter elements, GrayImage image)
    {
        var spacing = (NominalWidthMillimetres / image.Width).ToString("0.########", CultureInfo.InvariantCulture);
        elements
            .AddText(0x0018_0015, "CS", "CHEST")
            .AddText(0x0018_1164, "DS", $"{spacing}\\{spacing}")
            .AddText(0x0018_1508, "CS", "") // positioner: there was none
            .AddText(0x0018_5101, "CS", "") // view position: not known
            .AddText(0x0018_7004, "CS", "") // detector type
            .AddText(DicomTags.ContentQualification, "CS", "RESEARCH");
    }

    private static void AddRelationship(DicomWriter elements, SyntheticRadiograph description) => elements
        .AddText(0x0020_000D, "UI", CreateUid($"study|{description.Key}"))
        .AddText(0x0020_000E, "UI", CreateUid($"series|{description.Key}"))
        .AddText(0x0020_0010, "SH", description.InstanceNumber.ToString(CultureInfo.InvariantCulture))
        .AddText(0x0020_0011, "IS", "1")
        .AddText(0x0020_0013, "IS", description.InstanceNumber.ToString(CultureInfo.InvariantCulture))
        .AddText(0x0020_0020, "CS", "L\\F") // rows run to the patient's left, columns to the feet
        .AddText(0x0020_0062, "CS", "U") // the chest has no side
        .AddText(0x0020_4000, "LT", Cut(description.ImageComments, MaxComments));

    private static void AddPixels(DicomWriter elements, GrayImage image, int bits)
    {
        var white = (1 << bits) - 1;
        var half = ((white + 1) / 2.0).ToString("0.0", CultureInfo.InvariantCulture);
        elements
            .AddNumber(DicomTags.SamplesPerPixel, 1)
            .AddText(DicomTags.PhotometricInterpretation, "CS", "MONOCHROME2")
            .AddNumber(DicomTags.Rows, image.Height)
            .AddNumber(DicomTags.Columns, image.Width)
            .AddNumber(DicomTags.BitsAllocated, bits == 8 ? 8 : 16)
            .AddNumber(DicomTags.BitsStored, bits)
            .AddNumber(DicomTags.HighBit, bits - 1)
            .AddNumber(DicomTags.PixelRepresentation, 0)
            .AddText(0x0028_0301, "CS", "NO") // burned-in annotation
            .AddText(0x0028_1040, "CS", "LOG")
            .AddBytes(0x0028_1041, "SS", BitConverter.GetBytes((short)-1)) // white is where less X-rays came through
            .AddText(DicomTags.WindowCenter, "DS", half)
            .AddText(DicomTags.WindowWidth, "DS", (white + 1).ToString(CultureInfo.InvariantCulture))
            .AddText(DicomTags.RescaleIntercept, "DS", "0")
            .AddText(DicomTags.RescaleSlope, "DS", "1")
            .AddText(0x0028_1054, "LO", "US")
            .AddText(0x0028_2110, "CS", "00") // no lossy compression
            .AddSequence(0x0040_0555) // acquisition context: none
            .AddText(DicomTags.PresentationLutShape, "CS", "IDENTITY");
        if (bits == 8)
            elements.AddBytes(DicomTags.PixelData, "OB", image.Pixels.Length % 2 == 0 ? image.Pixels : [.. image.Pixels, 0]);
        else
            elements.AddBytes(DicomTags.PixelData, "OW",
                [.. image.Pixels.SelectMany(p => BitConverter.GetBytes((ushort)(((p * white) + 127) / 255)))]);
    }

    private static DicomWriter CreateCode(string value, string scheme, string meaning) => new DicomWriter()
        .AddText(0x0008_0100, "SH", value)
        .AddText(0x0008_0102, "SH", scheme)
        .AddText(0x0008_0104, "LO", meaning);

    /// <summary>An id below 2.25, the arc of UUIDs (PS3.5, B.2).</summary>
    private static string CreateUid(string key) =>
        "2.25." + new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 16), isUnsigned: true, isBigEndian: true)
            .ToString(CultureInfo.InvariantCulture);

    /// <summary>A text without backslashes, which would part it, and without control characters.</summary>
    private static string Cut(string text, int length)
    {
        var plain = string.Concat(text.Select(c => c == '\\' ? '/' : char.IsControl(c) ? ' ' : c));
        return plain.Length <= length ? plain : plain[..length];
    }
}
