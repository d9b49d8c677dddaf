using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SynCxr.Mesh.Testkit.Identity;

/// <summary>How the certificate of a test's signer differs from one that may sign manifests.</summary>
public sealed record TestSignerOptions
{
    public const string EmailProtection = "1.3.6.1.5.5.7.3.4";

    public X509KeyUsageFlags? KeyUsage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    /// <summary>Extended key usage; none for no such extension.</summary>
    public IReadOnlyList<string> Purposes { get; init; } = [EmailProtection];

    public bool IsAuthority { get; init; }

    public bool HasAuthorityKey { get; init; } = true;

    public bool IsSelfSigned { get; init; }

    public ECCurve Curve { get; init; } = ECCurve.NamedCurves.nistP256;

    public TimeSpan Start { get; init; } = TimeSpan.FromDays(-1);

    public TimeSpan End { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The key; null for a new one.</summary>
    public ECDsa? Key { get; init; }
}

/// <summary>A certificate authority of one test that issues signers of C2PA manifests: PEM files of keys and chains.</summary>
public sealed class TestSigner : IDisposable
{
    private readonly X509Certificate2 _root;
    private readonly string _folder;

    /// <param name="folder">Where the files go.</param>
    public TestSigner(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("C=DE, O=Test, CN=Test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        _root = request.CreateSelfSigned(now.AddYears(-3), now.AddYears(3));
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    /// <summary>The authority's certificate: the anchor of who trusts it.</summary>
    public string RootFile => Path.Combine(_folder, "root.pem");

    /// <summary>Issues a certificate and writes it, the root behind it, with its key.</summary>
    /// <param name="name">Names the files.</param>
    public (string Key, string Chain) Issue(string name, TestSignerOptions? options = null)
    {
        options ??= new TestSignerOptions();
        using var own = ECDsa.Create(options.Curve);
        var key = options.Key ?? own;
        var request = new CertificateRequest($"C=DE, O=Test, CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(options.IsAuthority, false, 0, true));
        if (options.KeyUsage is { } usage)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        if (options.Purposes.Count > 0)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. options.Purposes.Select(p => new Oid(p))], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (options.HasAuthorityKey)
            request.CertificateExtensions.Add(options.IsSelfSigned
                ? X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
                    new X509SubjectKeyIdentifierExtension(request.PublicKey, false))
                : X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = options.IsSelfSigned ? request.CreateSelfSigned(now + options.Start, now + options.End)
            : request.Create(_root, now + options.Start, now + options.End, RandomNumberGenerator.GetBytes(8));
        var (keyFile, chainFile) = (Path.Combine(_folder, $"{name}.key"), Path.Combine(_folder, $"{name}.pem"));
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(chainFile,
            certificate.ExportCertificatePem() + "\n" + (options.IsSelfSigned ? "" : _root.ExportCertificatePem() + "\n"));
        return (keyFile, chainFile);
    }

    public void Dispose() => _root.Dispose();
}
