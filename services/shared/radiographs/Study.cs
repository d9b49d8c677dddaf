using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs;

/// <summary>A box around a finding, in shares of the image's width and height: an image that was resized keeps its boxes.</summary>
public sealed record StudyBox(string Finding, double X, double Y, double Width, double Height);

/// <summary>One patient's exam as a layout found it: an image, a report, or both.</summary>
public sealed record Study
{
    /// <summary>Path below the source's folder, or the layout's own id.</summary>
    public required string Id { get; init; }

    /// <summary>The data set that it belongs to; the same for its training and its test part.</summary>
    public required string Source { get; init; }

    /// <summary>The patient within the source; empty where it is not known.</summary>
    public string Patient { get; init; } = "";

    /// <summary>
    /// The data set that the patient's number belongs to, where the file name tells it: the same in any folder. Null: that of <see
    /// cref="Source"/>.
    /// </summary>
    public string? PatientSource { get; init; }

    /// <summary>Labels of the source in lower case, with spaces for underscores.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Labels that the source marks as uncertain for this image: it counts neither as positive nor as negative for them.</summary>
    public IReadOnlyList<string> Uncertain { get; init; } = [];

    /// <summary>The report's text; null where there is none.</summary>
    public string? Report { get; init; }

    public IReadOnlyList<StudyBox> Boxes { get; init; } = [];

    /// <summary>Image file of the mask: pixels above half of the gray scale are marked. Null where there is none.</summary>
    public string? MaskFile { get; init; }

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
    /// <exception cref="Errors.MeshException">INVALID_FIELD: no image, or one that can't be decoded.</exception>
    public GrayImage LoadImage(string field) => ImageFiles.Decode(ImageFile, Boundary, ImageBytes.Span, $"{field}: {Id}");

    /// <summary>Decodes the mask at its own size; null where it has no file of its own.</summary>
    /// <param name="field">The request's field that names the masks.</param>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: one that can't be decoded.</exception>
    public GrayImage? LoadMask(string field) => MaskFile is not { } file ? null
        : ImageCodec.DecodeGray(Boundary.ReadAllBytes(file, field), $"{field}: {Path.GetFileName(file)}");

    /// <summary>
    /// Lower-case hex of SHA-256 over "source/patient", of the patient's own source where that is known; null where the patient is not
    /// known.
    /// </summary>
    public string? PatientHash => Patient.Length == 0
        ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{PatientSource ?? Source}/{Patient}")));

    /// <summary>Lower-case hex of SHA-256 over "WxH\n" and the gray pixels: the same for any file format.</summary>
    public static string ImageHash(GrayImage image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{image.Width}x{image.Height}\n"));
        hash.AppendData(image.Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>What a layout found.</summary>
/// <param name="Studies">In ordinal order of their ids.</param>
/// <param name="Notes">Sentences for the user: which images were left out, and why.</param>
public sealed record StudySet(IReadOnlyList<Study> Studies, IReadOnlyList<string> Notes);
