using System.Globalization;

namespace SynCxr.Mesh.Imaging.Dicom;

/// <summary>The elements that are read, by group and number (PS3.6).</summary>
internal static class DicomTags
{
    public const uint TransferSyntax = 0x0002_0010, SyntheticData = 0x0008_001C, PatientId = 0x0010_0020, ViewPosition = 0x0018_5101,
        ContentQualification = 0x0018_9004,
        SamplesPerPixel = 0x0028_0002, PhotometricInterpretation = 0x0028_0004,
        PlanarConfiguration = 0x0028_0006, NumberOfFrames = 0x0028_0008, Rows = 0x0028_0010, Columns = 0x0028_0011,
        BitsAllocated = 0x0028_0100, BitsStored = 0x0028_0101, HighBit = 0x0028_0102, PixelRepresentation = 0x0028_0103,
        WindowCenter = 0x0028_1050, WindowWidth = 0x0028_1051, RescaleIntercept = 0x0028_1052, RescaleSlope = 0x0028_1053,
        VoiLutFunction = 0x0028_1056, RedPaletteDescriptor = 0x0028_1101, RedPaletteData = 0x0028_1201, ModalityLut = 0x0028_3000,
        LutDescriptor = 0x0028_3002, LutData = 0x0028_3006, VoiLut = 0x0028_3010, PresentationLutShape = 0x2050_0020,
        PixelData = 0x7FE0_0010;

    public const uint Item = 0xFFFE_E000, ItemEnd = 0xFFFE_E00D, SequenceEnd = 0xFFFE_E0DD;

    private static readonly Dictionary<uint, string> _names = new()
    {
        [TransferSyntax] = "Transfer Syntax UID",
        [PatientId] = "Patient ID",
        [ViewPosition] = "View Position",
        [SyntheticData] = "Synthetic Data",
        [ContentQualification] = "Content Qualification",
        [SamplesPerPixel] = "Samples per Pixel",
        [PhotometricInterpretation] = "Photometric Interpretation",
        [PlanarConfiguration] = "Planar Configuration",
        [NumberOfFrames] = "Number of Frames",
        [Rows] = "Rows",
        [Columns] = "Columns",
        [BitsAllocated] = "Bits Allocated",
        [BitsStored] = "Bits Stored",
        [HighBit] = "High Bit",
        [PixelRepresentation] = "Pixel Representation",
        [WindowCenter] = "Window Center",
        [WindowWidth] = "Window Width",
        [RescaleIntercept] = "Rescale Intercept",
        [RescaleSlope] = "Rescale Slope",
        [VoiLutFunction] = "VOI LUT Function",
        [RedPaletteDescriptor] = "Red Palette Color Lookup Table Descriptor",
        [RedPaletteData] = "Red Palette Color Lookup Table Data",
        [ModalityLut] = "Modality LUT Sequence",
        [LutDescriptor] = "LUT Descriptor",
        [LutData] = "LUT Data",
        [VoiLut] = "VOI LUT Sequence",
        [PresentationLutShape] = "Presentation LUT Shape",
        [PixelData] = "Pixel Data",
    };

    /// <summary>A tag as people write it: <c>(0028,0010) Rows</c>.</summary>
    public static string Describe(uint tag)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"({tag >> 16:X4},{tag & 0xFFFF:X4})");
        return _names.TryGetValue(tag, out var name) ? $"{number} {name}" : number;
    }
}
