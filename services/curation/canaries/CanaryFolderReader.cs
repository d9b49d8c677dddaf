using Google.Protobuf;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Curation.Canaries;

/// <summary>A picture whose verdict is known.</summary>
/// <param name="Name"><c>good/FILE</c> or <c>bad/FILE</c>.</param>
/// <param name="IsGood">True where it must be accepted.</param>
/// <param name="Content">The file as it is.</param>
internal sealed record Canary(string Name, bool IsGood, ByteString Content);

/// <summary>Reads the folder of <see cref="CanaryFolderOptions.Folder"/>.</summary>
internal static class CanaryFolderReader
{
    private const string Good = "good", Bad = "bad";

    private static readonly string[] _endings = [".png", ".jpg", ".jpeg"];

    /// <summary>All pictures, good ones first, by name.</summary>
    /// <exception cref="InvalidDataException">Names the folder or file: it is missing, no picture, or too large.</exception>
    public static IReadOnlyList<Canary> Read(CanaryFolderOptions options)
    {
        var folder = CurationOptions.ResolvePath(options.Folder);
        var left = options.MaxMiB * 1024L * 1024;
        var canaries = new List<Canary>();
        foreach (var kind in new[] { Good, Bad })
        {
            var part = Path.Combine(folder, kind);
            if (!Directory.Exists(part))
                throw new InvalidDataException($"{part}: is missing; it holds the pictures that must be {(kind == Good ? "ac" : "re")}"
                    + $"{(kind == Good ? "cepted" : "jected")}");
            foreach (var file in Directory.EnumerateFiles(part).Where(IsPicture).Order(StringComparer.Ordinal))
            {
                left -= new FileInfo(file).Length;
                if (left < 0)
                    throw new InvalidDataException(
                        $"{folder}: has more than {options.MaxMiB} MiB of pictures ({CanaryFolderOptions.Section}:MaxMiB)");
                canaries.Add(new Canary($"{kind}/{Path.GetFileName(file)}", kind == Good, ByteString.CopyFrom(File.ReadAllBytes(file))));
            }
        }

        return canaries;
    }

    /// <exception cref="InvalidDataException">Names the file, which is no picture that is read here.</exception>
    public static GrayImage Decode(Canary canary)
    {
        try
        {
            return ImageCodec.DecodeGray(canary.Content.Span, canary.Name);
        }
        catch (MeshException error)
        {
            throw new InvalidDataException($"{canary.Name}: {error.Message}", error);
        }
    }

    private static bool IsPicture(string file) =>
        _endings.Contains(Path.GetExtension(file).ToLowerInvariant()) && RegularFileProbe.IsRegular(file);
}
