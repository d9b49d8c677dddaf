using System.Collections.ObjectModel;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs;

/// <summary>One patient's exam as a layout found it: an image, a report, or both.</summary>
public sealed record Study
{
    /// <summary>Path below the source's folder, or the layout's own id.</summary>
    public required string Id { get; init; }

    /// <summary>The data set that it belongs to; the same for its training and its test part.</summary>
    public required string Source { get; init; }

    /// <summary>The patient within the source, as the source spells it; empty where it is not known.</summary>
    public string Patient { get; init; } = "";

    /// <summary>
    /// The patient in the one spelling that tells whether two studies are of the same: without leading zeros and ".0" where every number
    /// of the source is one. Null: as <see cref="Patient"/> is spelled.
    /// </summary>
    public string? PatientKey { get; init; }

    /// <summary>
    /// The data set that the patient's number belongs to, where the file name tells it: the same in any folder. Null: that of <see
    /// cref="Source"/>.
    /// </summary>
    public string? PatientSource { get; init; }

    /// <summary>The exam that several images and one report belong to; null where the source does not tell.</summary>
    public string? Exam { get; init; }

    /// <summary>The part of the source's own split, as it spells it: train, validate. Null where it has none for this image.</summary>
    public string? Split { get; init; }

    /// <summary>The view as the source spells it: PA, LATERAL. Null where it is not known.</summary>
    public string? View { get; init; }

    /// <summary>Whether it is a frontal view; null where that is not known.</summary>
    public bool? IsFrontal { get; init; }

    /// <summary>False where the image is in no table of labels: nothing is known of it, and it is no negative of anything.</summary>
    public bool IsLabelled { get; init; } = true;

    /// <summary>Labels of the source in lower case, with spaces for underscores.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Labels that the source marks as uncertain for this image: it counts neither as positive nor as negative for them.</summary>
    public IReadOnlyList<string> Uncertain { get; init; } = [];

    /// <summary>Labels that the source says are absent. A label in none of the three lists is not spoken of.</summary>
    public IReadOnlyList<string> Negative { get; init; } = [];

    /// <summary>
    /// Labels that the source answers for other images and leaves open for this one: it counts neither as positive nor as negative for
    /// them. A label that is not spoken of and not here is taken for absent where something is measured.
    /// </summary>
    public IReadOnlyList<string> Unanswered { get; init; } = [];

    /// <summary>Labels that are no findings: what the source says of the exam, as "unchanged" or "suboptimal study".</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The labels that are findings, or say that there is none.</summary>
    public IEnumerable<string> Findings => Remarks.Count == 0 ? Labels : Labels.Except(Remarks);

    /// <summary>Whether the source says that nothing is wrong, which an image without labels does not.</summary>
    public bool IsNormal { get; init; }

    /// <summary>How many raters gave the labels; 1 where the source does not tell.</summary>
    public int Raters { get; init; } = 1;

    /// <summary>What else the source says of the image or its patient, by name: birth year, sex, the cohort that it is from.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The report's text; null where there is none.</summary>
    public string? Report { get; init; }

    /// <summary>Language of the report, two letters.</summary>
    public string ReportLanguage { get; init; } = "en";

    /// <summary>The report, where it is in English: the only language that texts are learnt from and measured in.</summary>
    public string? EnglishReport => ReportLanguage == "en" ? Report : null;

    /// <summary>The parts of the report; null where there is no report, or one that has no parts.</summary>
    public StudySections? Sections { get; init; }

    public IReadOnlyList<StudyBox> Boxes { get; init; } = [];

    /// <summary>
    /// Image files of the mask, which is their union: pixels above half of the gray scale are marked. Empty where there is none.
    /// </summary>
    public IReadOnlyList<string> MaskFiles { get; init; } = [];

    /// <summary>The first of <see cref="MaskFiles"/>; null where there is none.</summary>
    public string? MaskFile
    {
        get => MaskFiles.Count > 0 ? MaskFiles[0] : null;
        init => MaskFiles = value is null ? [] : [value];
    }

    /// <summary>Masks as SIIM's run lengths; an empty list means that nothing is marked, null that the mask is unknown.</summary>
    public IReadOnlyList<string>? MaskRuns { get; init; }

    /// <summary>Path of the image, PNG, JPEG or DICOM; null where the image is in <see cref="ImageBytes"/>, or there is none.</summary>
    public string? ImageFile { get; init; }

    /// <summary>The encoded image, where it has no file of its own, as in a sealed data set.</summary>
    public ReadOnlyMemory<byte> ImageBytes { get; init; }

    /// <summary>What may be read of the machine for it: its files are opened long after they were found.</summary>
    public DataBoundary Boundary { get; init; } = DataBoundary.Open;

    public bool HasImage => ImageFile is not null || !ImageBytes.IsEmpty;

    /// <summary>Decodes the image at its own size.</summary>
    /// <param name="field">The request's field that names the source.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no image, or one that can't be decoded.</exception>
    public GrayImage LoadImage(string field) => ImageFiles.Decode(ImageFile, Boundary, ImageBytes.Span, $"{field}: {Id}");

    /// <summary>Decodes the mask at its own size; null where it has no file of its own.</summary>
    /// <param name="field">The request's field that names the masks.</param>
    /// <exception cref="MeshException">INVALID_FIELD: one that can't be decoded, or parts of different sizes.</exception>
    public GrayImage? LoadMask(string field)
    {
        GrayImage? mask = null;
        foreach (var file in MaskFiles)
        {
            var part = ImageCodec.DecodeGray(Boundary.ReadAllBytes(file, field), $"{field}: {Path.GetFileName(file)}");
            if (mask is not null && (mask.Width, mask.Height) != (part.Width, part.Height))
                throw MeshException.Invalid(field, $"{EchoedText.Shorten(Id)}: the parts of its mask are {mask.Width} x {mask.Height} and "
                    + $"{part.Width} x {part.Height} pixels; they must have one size");
            mask = mask is null ? part
                : new GrayImage(mask.Width, mask.Height, [.. mask.Pixels.Zip(part.Pixels, (a, b) => Math.Max(a, b))]);
        }

        return mask;
    }

    /// <summary>
    /// Lower-case hex of SHA-256 over "source/patient", of the patient's own source where that is known; null where the patient is not
    /// known.
    /// </summary>
    public string? PatientHash => Patient.Length == 0
        ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{PatientSource ?? Source}/{PatientKey ?? Patient}")));

    /// <summary>Lower-case hex of SHA-256 over "WxH\n" and the gray pixels: the same for any file format.</summary>
    public static string ImageHash(GrayImage image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{image.Width}x{image.Height}\n"));
        hash.AppendData(image.Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
