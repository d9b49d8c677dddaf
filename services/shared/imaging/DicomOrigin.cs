using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging.Dicom;

namespace SynCxr.Mesh.Imaging;

/// <summary>What a DICOM file says of its origin; empty is what it does not say.</summary>
/// <param name="SyntheticData">(0008,001C): YES or NO.</param>
/// <param name="ContentQualification">(0018,9004): PRODUCT, RESEARCH or SERVICE.</param>
/// <param name="Manufacturer">(0008,0070).</param>
/// <param name="PatientId">(0010,0020); only of a file whose Synthetic Data is YES, since others' are of people.</param>
public sealed record DicomOrigin(string SyntheticData, string ContentQualification, string Manufacturer, string PatientId)
{
    private const uint ManufacturerTag = 0x0008_0070, PatientIdTag = 0x0010_0020;

    public bool IsSynthetic => SyntheticData == "YES";

    /// <param name="field">Path of the file in the request.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no DICOM file, or a broken one.</exception>
    public static DicomOrigin Read(byte[] bytes, string field)
    {
        try
        {
            var (elements, _) = DicomReader.Read(bytes);
            var synthetic = elements.FindText(DicomTags.SyntheticData);
            return new DicomOrigin(synthetic, elements.FindText(DicomTags.ContentQualification), elements.FindText(ManufacturerTag),
                synthetic == "YES" ? elements.FindText(PatientIdTag) : "");
        }
        catch (DicomFormatException error)
        {
            throw MeshException.Invalid(field, error.Message);
        }
    }
}
