using SynCxr.Mesh.Provenance.C2pa;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Provenance.Cose;

/// <summary>Checks a signature of <see cref="CoseSigner"/> over bytes that lie elsewhere, by the rules for a signer of C2PA.</summary>
/// <param name="anchors">Whom to trust.</param>
/// <param name="time">Certificates must be valid now.</param>
public sealed class DetachedSignatureValidator(TrustAnchors anchors, TimeProvider time)
{
    /// <returns>What was found; its codes are those of a manifest's signature.</returns>
    public ManifestValidation Validate(byte[] signature, byte[] payload)
    {
        var validation = new ManifestValidation { Label = "", OtherManifests = 0 };
        new SignatureValidator(anchors, time).Validate(signature, payload, validation);
        return validation;
    }
}
