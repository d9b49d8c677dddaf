using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Radiographs.Layouts;

namespace SynCxr.Mesh.Radiographs;

/// <summary>
/// The tenth of the patients of a training set by which weights, settings and thresholds are chosen, and on which none are trained. Whether
/// a patient belongs to it follows from the hash of the patient's name, so it is the same for every recipe and seed.
/// <c>selection-patients.txt</c> lists those of Kermany's training set.
/// </summary>
public static class SelectionPatients
{
    /// <summary>The patient of an image as <c>source/patient</c>; the image itself where its file name tells no patient.</summary>
    public static string PatientOf(TrainingImage image)
    {
        var (patient, source) = PatientFileName.Parse(image.Id);
        return patient.Length > 0 ? $"{source}/{patient}" : $"{image.Source}/{image.Id}";
    }

    /// <summary>True for one patient in ten.</summary>
    public static bool Contains(TrainingImage image)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(PatientOf(image)));
        return Convert.ToUInt32(Convert.ToHexStringLower(hash)[..8], 16) % 10 == 0;
    }
}
