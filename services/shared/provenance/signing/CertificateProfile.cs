using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using static System.FormattableString;

namespace SynCxr.Mesh.Provenance.Signing;

/// <summary>What C2PA asks of a signer's certificate (specification 2.2, 14.5.1), as its tools hold it.</summary>
internal static class CertificateProfile
{
    private const string EmailProtection = "1.3.6.1.5.5.7.3.4", DocumentSigning = "1.3.6.1.5.5.7.3.36", AnyUsage = "2.5.29.37.0",
        TimeStamping = "1.3.6.1.5.5.7.3.8", OcspSigning = "1.3.6.1.5.5.7.3.9", AuthorityKey = "2.5.29.35", RsaPss = "1.2.840.113549.1.1.10",
        EcPublicKey = "1.2.840.10045.2.1", Ed25519 = "1.3.101.112", MicrosoftC2pa = "1.3.6.1.4.1.311.76.59.1.9",
        C2paSigning = "1.3.6.1.4.1.62558.2.1";

    private const int MinRsaBits = 2048;

    /// <summary>sha256, sha384 and sha512 with RSA; ECDSA with the same; RSASSA-PSS; Ed25519.</summary>
    private static readonly string[] _signatureAlgorithms =
    [
        "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3",
        "1.2.840.10045.4.3.4", RsaPss, Ed25519,
    ];

    private static readonly string[] _curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

    private static readonly string[] _signingUsages =
        [EmailProtection, DocumentSigning, TimeStamping, OcspSigning, MicrosoftC2pa, C2paSigning];

    /// <summary>Extensions whose meaning is known here, so that they may be critical.</summary>
    private static readonly string[] _knownExtensions =
    [
        "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32", "2.5.29.33", AuthorityKey,
        "2.5.29.36", "2.5.29.37", "2.5.29.54", "1.3.6.1.5.5.7.1.1",
    ];

    /// <summary>Whether a reader's clock lies within the certificate's time.</summary>
    public static bool IsInTime(X509Certificate2 certificate, DateTimeOffset now) =>
        now.UtcDateTime >= certificate.NotBefore.ToUniversalTime() && now.UtcDateTime <= certificate.NotAfter.ToUniversalTime();

    /// <returns>Why a reader calls the certificate invalid, whatever the time; null where it does not.</returns>
    public static string? FindProblem(X509Certificate2 certificate)
    {
        try
        {
            return FindKeyProblem(certificate) ?? FindUsageProblem(certificate) ?? FindExtensionProblem(certificate);
        }
        catch (Exception error) when (error is CryptographicException or FormatException or ArgumentException)
        {
            return "holds an extension or a key that can't be read.";
        }
    }

    /// <summary>
    /// Whether one of the certificate's extended key usages is for signing: without, no anchor vouches for it as a signer.
    /// </summary>
    public static bool HasSigningPurpose(X509Certificate2 certificate)
    {
        try
        {
            return ReadPurposes(certificate).Any(_signingUsages.Contains);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The same for a certificate that we are to sign with: with its time, and what tools ask beyond the standard.</summary>
    public static string? FindSignerProblem(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (now.UtcDateTime > certificate.NotAfter.ToUniversalTime())
            return Invariant($"has expired: it was valid until {certificate.NotAfter.ToUniversalTime():u}.");
        if (!IsInTime(certificate, now))
            return Invariant($"is not valid yet: it is from {certificate.NotBefore.ToUniversalTime():u} on.");
        if (FindProblem(certificate) is { } problem)
            return problem;
        var purposes = ReadPurposes(certificate);
        return purposes.Contains(EmailProtection) || purposes.Contains(DocumentSigning) ? null
            : "lacks the extended key usage emailProtection or documentSigning, which readers of C2PA take without settings.";
    }

    private static string? FindKeyProblem(X509Certificate2 certificate)
    {
        if (certificate.Version != 3)
            return "is not of version 3.";
        if (!_signatureAlgorithms.Contains(certificate.SignatureAlgorithm.Value))
            return "is signed with an algorithm that C2PA does not allow.";
        if (certificate.PublicKey.Oid.Value == EcPublicKey)
        {
            using var curve = certificate.GetECDsaPublicKey();
            var parameters = curve?.ExportParameters(includePrivateParameters: false).Curve;
            var oid = parameters is { IsNamed: true, Oid: var named } ? named.Value ?? new Oid(named.FriendlyName!).Value : null;
            return _curves.Contains(oid) ? null : "is for a key on a curve that C2PA does not allow.";
        }

        using var rsa = certificate.GetRSAPublicKey();
        return rsa is { KeySize: < MinRsaBits } ? $"is for an RSA key of {rsa.KeySize} bits; {MinRsaBits} are the least." : null;
    }

    private static string? FindUsageProblem(X509Certificate2 certificate)
    {
        if (IsAuthority(certificate))
            return "is of a certificate authority (CA); a signer's must not be.";
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        if (usage is null)
            return "has no key usage; it must be digitalSignature.";
        if (!usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            return "lacks the key usage digitalSignature.";
        if (usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign))
            return "has the key usage keyCertSign, which only a certificate authority may have.";
        return FindPurposeProblem(ReadPurposes(certificate));
    }

    private static string? FindPurposeProblem(List<string> purposes)
    {
        if (purposes.Count == 0)
            return "has no extended key usage; it must be emailProtection.";
        if (purposes.Contains(AnyUsage))
            return "has the extended key usage any, which C2PA does not allow.";
        if (!purposes.Any(_signingUsages.Contains))
            return "lacks an extended key usage for signing: emailProtection or documentSigning.";
        var isService = purposes.Contains(TimeStamping) || purposes.Contains(OcspSigning);
        return isService && purposes.Count > 1 ? "mixes the extended key usage of a time stamp or OCSP service with others." : null;
    }

    private static string? FindExtensionProblem(X509Certificate2 certificate)
    {
        if (certificate.Extensions.All(e => e.Oid?.Value != AuthorityKey))
            return "has no authority key identifier.";
        return certificate.Extensions.Any(e => e.Critical && !_knownExtensions.Contains(e.Oid?.Value))
            ? "has a critical extension that is not known here." : null;
    }

    private static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority);

    private static List<string> ReadPurposes(X509Certificate2 certificate) =>
        [.. certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(e => e.EnhancedKeyUsages.Cast<Oid>())
            .Select(o => o.Value ?? "")];
}
