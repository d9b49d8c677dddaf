using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;
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
        var files = DataFiles.FindBelow(folder, boundary, field).Where(f => IsImage(f, boundary)).ToArray();
        return files.Length > 0 ? files : throw NoImage(folder, boundary, field);
    }

    /// <summary>
    /// Whether a file is taken for an image: by its ending, or, where it has none, as the files of some hospitals, by its begin. The last
    /// number of a UID is no ending.
    /// </summary>
    public static bool IsImage(string file, DataBoundary boundary)
    {
        if (_endings.Contains(Path.GetExtension(file).ToLowerInvariant()))
            return true;
        return Path.GetExtension(file).TrimStart('.').All(char.IsAsciiDigit) && RegularFileProbe.IsRegular(file)
            && boundary.Allows(file) && BeginsAsDicom(file, boundary);
    }

    /// <summary>The file name without the ending of an image.</summary>
    public static string Stem(string file)
    {
        var name = Path.GetFileName(file);
        return _endings.Contains(Path.GetExtension(name).ToLowerInvariant()) ? Path.GetFileNameWithoutExtension(name) : name;
    }

    public static MeshException NoImage(string folder, DataBoundary boundary, string field) =>
        MeshException.Invalid(field, $"folder '{boundary.Describe(folder)}' has no PNG, JPEG or DICOM file, at any depth");

    private static bool BeginsAsDicom(string file, DataBoundary boundary)
    {
        using var stream = boundary.OpenRead(file, "");
        var begin = new byte[133];
        return stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) == begin.Length && DicomDecoder.IsDicom(begin);
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
