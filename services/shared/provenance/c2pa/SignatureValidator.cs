using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Provenance.Cose;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>Checks who signed a claim, and that the claim is what was signed.</summary>
internal sealed class SignatureValidator(TrustAnchors anchors, TimeProvider time)
{
    private const byte DerSequence = 0x30;

    public void Validate(StoredManifest manifest, ManifestValidation validation)
    {
        if (!PointsToOwnSignature(manifest))
            validation.Fail(ValidationCodes.SignatureMissing, "The claim does not name the signature of its own manifest.");
        Validate(manifest.Signature, manifest.ClaimBytes, validation);
    }

    /// <param name="box">A COSE_Sign1.</param>
    /// <param name="payload">The bytes that it is over.</param>
    public void Validate(ReadOnlyMemory<byte> box, ReadOnlyMemory<byte> payload, ManifestValidation validation)
    {
        CoseSignature signature;
        try
        {
            signature = CoseSignature.Read(box);
        }
        catch (ProvenanceFormatException error)
        {
            validation.Fail(ValidationCodes.SignatureMismatch, error.Message);
            return;
        }

        if (!CoseAlgorithms.IsKnown(signature.Algorithm))
        {
            validation.Fail(ValidationCodes.AlgorithmUnsupported, "The signature is of an algorithm that C2PA does not allow.");
            validation.Fail(ValidationCodes.SignatureMismatch, "The signature is not checked.");
        }
        else if (ReadCertificates(signature.Chain) is not [var signer, ..] chain)
            validation.Fail(ValidationCodes.SignatureMismatch, "The signature has no certificate that can be read.");
        else if (CoseAlgorithms.IsEcdsa(signature.Algorithm!.Value) && IsDer(signature.Signature))
            FailForm(validation, "The signature is in DER; C2PA has r and s side by side.");
        else
        {
            validation.SignerDigest = signer.GetCertHashString(HashAlgorithmName.SHA256);
            validation.IsSignedBySigner = IsSigned(payload, signature, signer); // also where the certificate is out of time
            if (ValidateSigner(signer, chain, validation))
                ValidateBytes(signature, signer, validation);
        }
    }

    private static bool IsSigned(ReadOnlyMemory<byte> payload, CoseSignature signature, X509Certificate2 signer) =>
        CoseAlgorithms.Verify(signature.Algorithm!.Value, signer, CoseSignature.EncodeSigned(signature.Protected, payload.Span),
            signature.Signature) && CoseAlgorithms.IsForKey(signature.Algorithm.Value, signer);

    /// <returns>Whether the signer may sign; else there is nothing that the signature could prove.</returns>
    private bool ValidateSigner(X509Certificate2 signer, List<X509Certificate2> chain, ManifestValidation validation)
    {
        var now = time.GetUtcNow();
        validation.Signer = EchoedText.Shorten(EchoedText.Escape(signer.Subject));
        var isInTime = CertificateProfile.IsInTime(signer, now);
        var problem = CertificateProfile.FindProblem(signer);
        var isTrusted = CertificateProfile.HasSigningPurpose(signer) && anchors.Vouch(signer, chain.Skip(1), now);
        if (!isTrusted)
            validation.Fail(ValidationCodes.SignerUntrusted, "No trust anchor vouches for the signer's certificate.");
        if (!isInTime)
        {
            validation.Fail(ValidationCodes.SignerExpired, "The signer's certificate is not valid today.");
            return false;
        }

        if (problem is not null)
        {
            validation.Succeed(ValidationCodes.SignatureInTime);
            validation.Fail(ValidationCodes.SignerInvalid, $"The signer's certificate {problem}");
            return false;
        }

        if (isTrusted)
            validation.Succeed(ValidationCodes.SignerTrusted);
        return true;
    }

    private static void ValidateBytes(CoseSignature signature, X509Certificate2 signer, ManifestValidation validation)
    {
        if (!CoseAlgorithms.IsForKey(signature.Algorithm!.Value, signer))
            FailForm(validation, "The signature's algorithm does not go with the key of the certificate.");
        else if (validation.IsSignedBySigner)
        {
            validation.Succeed(ValidationCodes.SignatureInTime);
            validation.Succeed(ValidationCodes.SignatureValidated);
        }
        else
            validation.Fail(ValidationCodes.SignatureMismatch, "The signature is not over this claim, or not of this certificate's key.");
    }

    private static void FailForm(ManifestValidation validation, string explanation)
    {
        validation.Fail(ValidationCodes.SignerInvalid, explanation);
        validation.Fail(ValidationCodes.SignatureMismatch, "The signature is not checked.");
    }

    /// <summary>Whether bytes are one DER sequence of the length that they say: r and s begin so once in 2^24 signatures at most.</summary>
    private static bool IsDer(byte[] signature) =>
        signature is [DerSequence, var length, 0x02, ..] && length == signature.Length - 2;

    private static bool PointsToOwnSignature(StoredManifest manifest)
    {
        var address = manifest.Claim.FindText("signature") ?? "";
        return address == $"self#jumbf=/{ManifestLabels.Store}/{manifest.Label}/{ManifestLabels.Signature}"
            || address == $"self#jumbf={ManifestLabels.Signature}";
    }

    /// <returns>The certificates; none where one can't be read.</returns>
    private static List<X509Certificate2> ReadCertificates(IEnumerable<byte[]> chain)
    {
        try
        {
            List<X509Certificate2> certificates = [.. chain.Select(X509CertificateLoader.LoadCertificate)];
            return certificates.All(c => c.NotBefore <= c.NotAfter) ? certificates : []; // a date is read when it is asked for
        }
        catch (CryptographicException)
        {
            return [];
        }
    }
}
