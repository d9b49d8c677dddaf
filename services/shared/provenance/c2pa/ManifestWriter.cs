using System.Security.Cryptography;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>Signs files: a manifest in a PNG or JPEG, or one that lies beside any file.</summary>
public static class ManifestWriter
{
    /// <summary>Extension and media type of a manifest beside its file.</summary>
    public const string SidecarExtension = ".c2pa", MediaType = "application/c2pa";

    /// <summary>The same picture with a manifest in place of any other. It is written last: any later change breaks it.</summary>
    /// <param name="picture">PNG or JPEG.</param>
    /// <exception cref="ProvenanceFormatException">Neither PNG nor JPEG, or truncated.</exception>
    public static byte[] Sign(byte[] picture, ManifestClaim claim, SigningIdentity identity) =>
        PictureMark.ReadAsPicture(picture, () =>
        {
            var isPng = PngChunkReader.IsPng(picture);
            var bare = isPng ? PngManifestChunk.Remove(picture) : JpegManifestSegments.Remove(picture);
            var writer = new ManifestStoreWriter(claim, identity);
            var length = writer.MeasureEmbedded();
            var range = isPng ? PngManifestChunk.Measure(bare, length) : JpegManifestSegments.Measure(length);
            var store = writer.Write(SHA256.HashData(bare), range); // without the range lies what was there before
            return isPng ? PngManifestChunk.Insert(bare, store) : JpegManifestSegments.Insert(bare, store);
        });

    /// <summary>A manifest that lies beside its file.</summary>
    /// <param name="sha256">SHA-256 of the whole file.</param>
    public static byte[] SignBeside(byte[] sha256, ManifestClaim claim, SigningIdentity identity) =>
        new ManifestStoreWriter(claim, identity).Write(sha256, exclusion: null);
}
