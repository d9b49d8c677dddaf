using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SynCxr.Mesh.Testkit.Identity;

/// <summary>A certificate authority of one test, which writes the PEM files that <c>Tls</c> settings name.</summary>
public sealed class TestCertificateAuthority : IDisposable
{
    private static readonly DateTimeOffset _start = TimeProvider.System.GetUtcNow().AddDays(-1), _end = _start.AddDays(30);
    private static readonly OidCollection _bothUsages = [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")];
    private readonly X509Certificate2 _root;
    private readonly string _folder;

    /// <param name="folder">Where the files go.</param>
    public TestCertificateAuthority(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Mesh of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(_start, _end);
        File.WriteAllText(Locate("ca.crt"), _root.ExportCertificatePem());
    }

    /// <summary>The file with the authority's certificate.</summary>
    public string CaFile => Locate("ca.crt");

    /// <summary>Issues a certificate for <c>localhost</c>, 127.0.0.1 and a name, and writes it with its key.</summary>
    /// <param name="name">Names the files.</param>
    /// <param name="usages">For what it may be used; both sides of a connection where they are not given.</param>
    public void Issue(string name, OidCollection? usages = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(name);
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages ?? _bothUsages, false));
        using var certificate = request.Create(_root, _start, _end, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Locate($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Locate($"{name}.crt"), certificate.ExportCertificatePem());
    }

    /// <summary>The certificate of these files, for a client that sets TLS itself.</summary>
    public X509Certificate2 Read(string name) => X509Certificate2.CreateFromPemFile(Locate($"{name}.crt"), Locate($"{name}.key"));

    /// <summary>Makes the connections of a client that trusts this authority alone.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { _root },
            },
        },
    };

    /// <summary>The settings of a process that shows these files.</summary>
    public string[] ToSettings(string name) =>
        [$"--Tls:Certificate={Locate($"{name}.crt")}", $"--Tls:Key={Locate($"{name}.key")}", $"--Tls:Authority={CaFile}"];

    public void Dispose() => _root.Dispose();

    private string Locate(string name) => Path.Combine(_folder, name);
}
