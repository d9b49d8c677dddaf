using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs;

/// <summary>A box around a finding, in shares of the picture's width and height: a picture that was resized keeps its boxes.</summary>
public sealed record StudyBox(string Finding, double X, double Y, double Width, double Height);

/// <summary>One picture, one report, or both, as a layout found them.</summary>
public sealed record Study
{
    /// <summary>Path below the source's folder, or the layout's own id.</summary>
    public required string Id { get; init; }

    /// <summary>Which data set it is of; the same for its training and its test part.</summary>
    public required string Source { get; init; }

    /// <summary>The patient within the source; empty where it is not known.</summary>
    public string Patient { get; init; } = "";

    /// <summary>Whose patient it is, where the file's name tells: the same in any folder. Null: the source's.</summary>
    public string? PatientSource { get; init; }

    /// <summary>As the source spells them, lower-case, spaces for underscores.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Labels that the source says are not known for this picture: it counts neither for nor against them.</summary>
    public IReadOnlyList<string> Uncertain { get; init; } = [];

    /// <summary>The report's text; null where there is none.</summary>
    public string? Report { get; init; }

    public IReadOnlyList<StudyBox> Boxes { get; init; } = [];

    /// <summary>Picture of a mask: what is above half counts. Null where there is none.</summary>
    public string? MaskFile { get; init; }

    /// <summary>Masks as SIIM's run lengths; an empty list says that nothing is marked, null that there is no mask.</summary>
    public IReadOnlyList<string>? MaskRuns { get; init; }

    /// <summary>File of the picture, PNG, JPEG or DICOM; null where it came as bytes, or there is none.</summary>
    public string? ImageFile { get; init; }

    /// <summary>The picture, where it is no file of its own.</summary>
    public ReadOnlyMemory<byte> ImageBytes { get; init; }

    public bool HasImage => ImageFile is not null || !ImageBytes.IsEmpty;

    /// <summary>Decodes the picture at its own size.</summary>
    /// <param name="field">The request's field that names the source.</param>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: no picture, or one that can't be decoded.</exception>
    public GrayImage LoadImage(string field) => ImageFiles.Decode(ImageFile, ImageBytes.Span, $"{field}: {Id}");

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
/// <param name="Notes">What a reader must know: pictures that were left out, and why.</param>
public sealed record StudySet(IReadOnlyList<Study> Studies, IReadOnlyList<string> Notes);
