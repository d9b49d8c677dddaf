using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs;

/// <summary>Image files of a folder, and what is in them.</summary>
internal static class ImageFiles
{
    private const int LeastSide = 32, MostStretch = 4;
    private static readonly string[] _endings = [".png", ".jpg", ".jpeg", ".dcm", ".dicom"];

    /// <summary>Every image at any depth, in ordinal order of its path.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: no such folder, or no image in it.</exception>
    public static string[] FindBelow(string folder, DataBoundary boundary, string field)
    {
        CheckFolder(folder, boundary, field);
        var files = DataFiles.FindBelow(folder, boundary, field)
            .Where(f => _endings.Contains(Path.GetExtension(f).ToLowerInvariant())).ToArray();
        return files.Length > 0 ? files
            : throw MeshException.Invalid(field, $"folder '{boundary.Describe(folder)}' has no PNG, JPEG or DICOM file, at any depth");
    }

    public static void CheckFolder(string folder, DataBoundary boundary, string field)
    {
        if (string.IsNullOrWhiteSpace(folder))
            throw MeshException.Invalid(field, "is empty");
        if (!DataFiles.FolderExists(folder, boundary))
            throw MeshException.Invalid(field, $"folder '{boundary.Describe(folder)}' does not exist on this machine");
    }

    /// <summary>Path below the folder, with slashes.</summary>
    public static string RelativePath(string folder, string file) => Path.GetRelativePath(folder, file).Replace('\\', '/');

    /// <summary>The folder's name, or its parent's where the name only says which part it is, as <c>train</c> or <c>png</c>.</summary>
    public static string SourceName(string folder)
    {
        var at = new DirectoryInfo(Path.GetFullPath(folder).TrimEnd('/'));
        while (at.Parent is { Parent: not null } parent && at.Name.ToLowerInvariant() is "train" or "valid" or "val" or "test" or "png"
            or "jpg" or "images")
            at = at.Parent!;
        return at.Name;
    }

    /// <exception cref="MeshException">INVALID_FIELD: no image, one that can't be decoded, or one too small or too narrow for a
    /// radiograph.</exception>
    public static GrayImage Decode(string? file, DataBoundary boundary, ReadOnlySpan<byte> bytes, string field)
    {
        if (file is null)
            return bytes.IsEmpty ? throw MeshException.Invalid(field, "has no image")
                : CheckSize(ImageCodec.DecodeGray(bytes, field), field);
        var content = boundary.ReadAllBytes(file, field);
        var isDicom = Path.GetExtension(file).ToLowerInvariant() is ".dcm" or ".dicom" || DicomDecoder.IsDicom(content);
        return CheckSize(isDicom
            ? DicomDecoder.DecodeGray(content, field) : ImageCodec.DecodeGray(content, field), field);
    }

    /// <summary>Radiographs of any size are scaled to the network's input; an icon or a narrow strip would only be smeared.</summary>
    private static GrayImage CheckSize(GrayImage image, string field)
    {
        var (least, most) = (Math.Min(image.Width, image.Height), Math.Max(image.Width, image.Height));
        return least >= LeastSide && most <= MostStretch * least
            ? image
            : throw MeshException.Invalid(field,
                $"is {image.Width} x {image.Height} pixels; at least {LeastSide} x {LeastSide}, and one side at most "
                    + $"{MostStretch} times the other, are wanted");
    }
}
