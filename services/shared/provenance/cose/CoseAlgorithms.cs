using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace SynCxr.Mesh.Provenance.Cose;

/// <summary>The signature algorithms that C2PA allows, by their numbers in COSE. We sign with <see cref="Es256"/>.</summary>
internal static class CoseAlgorithms
{
    public const long Es256 = -7;
    private const long EdDsa = -8;

    private static readonly Dictionary<long, HashAlgorithmName> _ecdsa = new()
    {
        [Es256] = HashAlgorithmName.SHA256,
        [-35] = HashAlgorithmName.SHA384,
        [-36] = HashAlgorithmName.SHA512,
    };

    private static readonly Dictionary<long, int> _curveBits = new() { [Es256] = 256, [-35] = 384, [-36] = 521 };

    private static readonly Dictionary<long, HashAlgorithmName> _rsaPss = new()
    {
        [-37] = HashAlgorithmName.SHA256,
        [-38] = HashAlgorithmName.SHA384,
        [-39] = HashAlgorithmName.SHA512,
    };

    public static bool IsKnown(long? algorithm) =>
        algorithm is { } number && (number == EdDsa || _ecdsa.ContainsKey(number) || _rsaPss.ContainsKey(number));

    public static bool IsEcdsa(long algorithm) => _ecdsa.ContainsKey(algorithm);

    /// <summary>Whether the certificate's key is of the kind, and the curve, that goes with the algorithm.</summary>
    public static bool IsForKey(long algorithm, X509Certificate2 certificate)
    {
        if (_rsaPss.ContainsKey(algorithm))
            return certificate.PublicKey.Oid.Value is "1.2.840.113549.1.1.1" or "1.2.840.113549.1.1.10";
        if (algorithm == EdDsa)
            return certificate.PublicKey.Oid.Value == "1.3.101.112";
        using var key = certificate.GetECDsaPublicKey();
        return key?.KeySize == _curveBits[algorithm];
    }

    /// <returns>Whether the certificate's key made the signature over these bytes; false where the key is of another kind.</returns>
    public static bool Verify(long algorithm, X509Certificate2 certificate, byte[] signedBytes, byte[] signature)
    {
        try
        {
            if (_ecdsa.TryGetValue(algorithm, out var hash))
            {
                using var key = certificate.GetECDsaPublicKey();
                return key is not null && key.VerifyData(signedBytes, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }

            if (_rsaPss.TryGetValue(algorithm, out hash))
            {
                using var key = certificate.GetRSAPublicKey();
                return key is not null && key.VerifyData(signedBytes, signature, hash, RSASignaturePadding.Pss);
            }

            return algorithm == EdDsa && VerifyEd25519(certificate, signedBytes, signature);
        }
        catch (Exception error) when (error is CryptographicException or CryptoException or IOException or ArgumentException
            or InvalidOperationException)
        {
            return false; // a key that no library takes made no signature
        }
    }

    private static bool VerifyEd25519(X509Certificate2 certificate, byte[] signedBytes, byte[] signature)
    {
        if (PublicKeyFactory.CreateKey(certificate.PublicKey.ExportSubjectPublicKeyInfo()) is not Ed25519PublicKeyParameters key)
            return false;
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, key);
        verifier.BlockUpdate(signedBytes, 0, signedBytes.Length);
        return verifier.VerifySignature(signature);
    }
}
