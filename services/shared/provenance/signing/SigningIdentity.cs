using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;

namespace SynCxr.Mesh.Provenance.Signing;

/// <summary>
/// A private key on P-256 with the certificates that vouch for it. It signs deterministically: the same bytes, the same signature.
/// </summary>
public sealed class SigningIdentity
{
    internal const int SignatureLength = 64;
    private const int ScalarLength = 32, MaxFileBytes = 1 << 20;
    private const string P256 = "1.2.840.10045.3.1.7";
    private readonly ECPrivateKeyParameters _key;

    private SigningIdentity(ECPrivateKeyParameters key, IReadOnlyList<X509Certificate2> certificates)
    {
        _key = key;
        Certificates = certificates;
        Chain = [.. certificates.Where((c, i) => i == 0 || !IsRoot(c)).Select(c => c.RawData)];
    }

    /// <summary>The signer's certificate, then its issuers, as far as the file has them.</summary>
    public IReadOnlyList<X509Certificate2> Certificates { get; }

    /// <summary>The same in DER without a root: who trusts it has it.</summary>
    internal IReadOnlyList<byte[]> Chain { get; }

    /// <param name="keyFile">PEM: a private key on P-256 that is not encrypted.</param>
    /// <param name="chainFile">PEM: the certificate of the key first, then its issuers; a root may be left out.</param>
    /// <param name="now">The certificate must be valid then.</param>
    /// <exception cref="SigningIdentityException">A file can't sign a manifest that readers would take.</exception>
    public static SigningIdentity Load(string keyFile, string chainFile, DateTimeOffset now)
    {
        var identity = LoadUnchecked(keyFile, chainFile);
        return CertificateProfile.FindSignerProblem(identity.Certificates[0], now) is { } problem
            ? throw new SigningIdentityException(SigningFile.Certificates, problem) : identity;
    }

    /// <summary>The same without a look at what the certificate is for: a test signs with what readers refuse.</summary>
    internal static SigningIdentity LoadUnchecked(string keyFile, string chainFile)
    {
        using var key = ReadKey(ReadText(keyFile, SigningFile.Key));
        var certificates = ReadChain(ReadText(chainFile, SigningFile.Certificates));
        if (FindOrderProblem(certificates) is { } order)
            throw new SigningIdentityException(SigningFile.Certificates, order);
        using var certified = certificates[0].GetECDsaPublicKey();
        if (certified is null || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            throw new SigningIdentityException(SigningFile.Certificates,
                "does not go with the signing key: its first certificate is for another key.");
        var scalar = key.ExportParameters(includePrivateParameters: true).D!;
        var curve = ECNamedDomainParameters.LookupOid(new DerObjectIdentifier(P256));
        return new SigningIdentity(new ECPrivateKeyParameters(new BigInteger(1, scalar), curve), certificates);
    }

    /// <summary>ECDSA over SHA-256 with the nonce of RFC 6979.</summary>
    /// <returns>r and s, 32 bytes each.</returns>
    internal byte[] Sign(byte[] data)
    {
        var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
        signer.Init(forSigning: true, _key);
        var numbers = signer.GenerateSignature(SHA256.HashData(data));
        var signature = new byte[SignatureLength];
        for (var i = 0; i < numbers.Length; i++)
        {
            var bytes = numbers[i].ToByteArrayUnsigned();
            bytes.CopyTo(signature, ((i + 1) * ScalarLength) - bytes.Length);
        }

        return signature;
    }

    private static string ReadText(string path, SigningFile file)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes } large)
                throw new SigningIdentityException(file, $"names a file of {large.Length} bytes, too many for a key or certificates.");
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SigningIdentityException(file, "names a file that can't be read.", error);
        }
    }

    private static ECDsa ReadKey(string pem)
    {
        if (pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal)
            || pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            throw new SigningIdentityException(SigningFile.Key,
                "holds a private key that is encrypted. Give it without a passphrase, in a file that only the service may read.");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            var parameters = key.ExportParameters(includePrivateParameters: true);
            if (parameters.Curve is { IsNamed: true, Oid: var oid } && IsP256(oid))
                return key;
            throw new SigningIdentityException(SigningFile.Key,
                "holds a key on another curve than P-256 (prime256v1), which manifests are signed with.");
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new SigningIdentityException(SigningFile.Key,
                "holds no private key for ECDSA on P-256 in PEM, as `openssl ecparam -name prime256v1 -genkey -noout` writes it.",
                error);
        }
    }

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static bool IsP256(Oid oid) => oid.Value == P256 || oid.FriendlyName is "nistP256" or "ECDSA_P256";

    private static List<X509Certificate2> ReadChain(string pem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            if (certificates.Count > 0)
                return [.. certificates];
        }
        catch (CryptographicException error)
        {
            throw new SigningIdentityException(SigningFile.Certificates, "holds a certificate that can't be read.", error);
        }

        throw new SigningIdentityException(SigningFile.Certificates, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----).");
    }

    private static string? FindOrderProblem(List<X509Certificate2> certificates)
    {
        for (var i = 1; i < certificates.Count; i++)
        {
            if (!certificates[i - 1].IssuerName.RawData.AsSpan().SequenceEqual(certificates[i].SubjectName.RawData))
                return $"is out of order: certificate {i + 1} is not the issuer of certificate {i}. The signer's comes first.";
        }

        return null;
    }
}
