using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>
/// Checks the manifest of a file by the rules of C2PA 2.2 that apply to a file that was made in one step: signer, signature, assertions and
/// the hash of the file. Manifests of files that it was made from, revocation and time stamps are not looked at.
/// </summary>
/// <param name="anchors">Whom to trust.</param>
/// <param name="time">Certificates must be valid now.</param>
public sealed class ManifestValidator(TrustAnchors anchors, TimeProvider time)
{
    /// <summary>Largest manifest store, in bytes.</summary>
    public const int MaxStoreBytes = 8 << 20;

    /// <param name="picture">PNG or JPEG.</param>
    /// <returns>What was found; null where the picture has no manifest.</returns>
    /// <exception cref="ProvenanceFormatException">Neither PNG nor JPEG, or the store can't be read; the part is named.</exception>
    public ManifestValidation? ValidatePicture(byte[] picture)
    {
        var manifest = PictureMark.ReadAsPicture(picture, () =>
            PngChunkReader.IsPng(picture) ? PngManifestChunk.Find(picture) : JpegManifestSegments.Find(picture));
        if (manifest is null)
            return null;
        using var file = new MemoryStream(picture, writable: false);
        return Validate(manifest.Store, file, (manifest.Start, manifest.Length));
    }

    /// <param name="store">The manifest that lies beside the file.</param>
    /// <param name="file">The file, which can be sought.</param>
    /// <exception cref="ProvenanceFormatException">The store can't be read; the part is named.</exception>
    public ManifestValidation ValidateBeside(byte[] store, Stream file) => Validate(store, file, range: null);

    private ManifestValidation Validate(byte[] store, Stream file, (long Start, long Length)? range)
    {
        if (store.Length > MaxStoreBytes)
            throw new ProvenanceFormatException($"The manifest store is {store.Length} bytes long; at most {MaxStoreBytes} are read.");
        var manifest = StoredManifest.Read(store);
        var validation = new ManifestValidation { Label = manifest.Label, OtherManifests = manifest.OtherLabels.Count };
        if (!manifest.IsFirstVersion && !ManifestLabels.IsManifestLabel(manifest.Label))
            validation.Fail(ValidationCodes.ClaimMalformed, "The label of the manifest is no urn:c2pa: with a UUID.");
        new SignatureValidator(anchors, time).Validate(manifest, validation);
        AssertionValidator.Validate(manifest, validation);
        ActionValidator.Validate(manifest, validation);
        DataHashValidator.Validate(manifest, file, range, validation);
        return validation;
    }
}
