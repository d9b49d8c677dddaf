using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SynCxr.Mesh.Provenance.Signing;

/// <summary>The certificates that a reader trusts; without any, every signer is unknown.</summary>
public sealed class TrustAnchors
{
    private readonly X509Certificate2Collection _anchors;

    private TrustAnchors(X509Certificate2Collection anchors) => _anchors = anchors;

    /// <summary>No anchor.</summary>
    public static TrustAnchors None { get; } = new([]);

    /// <param name="pem">Certificates in PEM.</param>
    /// <exception cref="ProvenanceFormatException">None is in it, or one can't be read.</exception>
    public static TrustAnchors FromPem(string pem)
    {
        try
        {
            var anchors = new X509Certificate2Collection();
            anchors.ImportFromPem(pem);
            if (anchors.Count > 0)
                return new TrustAnchors(anchors);
        }
        catch (CryptographicException error)
        {
            throw new ProvenanceFormatException("The trust anchors hold a certificate that can't be read.", error);
        }

        throw new ProvenanceFormatException("The trust anchors hold no certificate in PEM (-----BEGIN CERTIFICATE-----).");
    }

    /// <summary>Whether a chain of the given certificates leads to an anchor. Nothing is fetched, and revocation is not asked.</summary>
    /// <param name="time">When the chain must have been valid.</param>
    internal bool Vouch(X509Certificate2 signer, IEnumerable<X509Certificate2> issuers, DateTimeOffset time)
    {
        if (_anchors.Count == 0)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_anchors);
        chain.ChainPolicy.ExtraStore.AddRange(issuers.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        // An anchor need be no root: a chain that ends at one counts, though nobody vouches for the anchor itself.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        try
        {
            return chain.Build(signer) && chain.ChainElements.Any(e => _anchors.Contains(e.Certificate));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
