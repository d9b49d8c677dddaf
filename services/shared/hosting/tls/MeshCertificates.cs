using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Hosting.Tls;

/// <summary>The certificate of this process and the authority of the mesh, as the files of <see cref="TlsOptions"/> hold them.</summary>
internal sealed class MeshCertificates : IDisposable
{
    private static readonly Oid _clientUsage = new("1.3.6.1.5.5.7.3.2"), _serverUsage = new("1.3.6.1.5.5.7.3.1");
    private readonly X509Certificate2Collection _authority;

    private MeshCertificates(X509Certificate2 own, X509Certificate2Collection between, X509Certificate2Collection authority)
    {
        Own = own;
        _authority = authority;
        Context = SslStreamCertificateContext.Create(own, between, offline: true);
    }

    /// <summary>The certificate that this process shows, with its key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>The same with the certificates between it and the authority.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="InvalidDataException">They can't be used; the message names the setting.</exception>
    /// <exception cref="IOException">One of them can't be read.</exception>
    public static MeshCertificates Read(TlsOptions options) => Parse(
    [
        ReadFile(nameof(options.Certificate), options.Certificate), ReadFile(nameof(options.Key), options.Key),
        ReadFile(nameof(options.Authority), options.Authority),
    ]);

    /// <param name="contents">Certificate, key, authority.</param>
    /// <exception cref="InvalidDataException">They can't be used; the message names the setting.</exception>
    public static MeshCertificates Parse(IReadOnlyList<byte[]> contents)
    {
        var (certificate, key) = (Encoding.UTF8.GetString(contents[0]), Encoding.UTF8.GetString(contents[1]));
        var between = Import(certificate, "Certificate");
        var authority = Import(Encoding.UTF8.GetString(contents[2]), "Authority");
        X509Certificate2 own;
        try
        {
            own = X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException("the file of Key is not the private key, in PEM and not encrypted, of the file of Certificate");
        }

        between.RemoveAt(0);
        return new MeshCertificates(own, between, authority);
    }

    /// <summary>True for the certificate of a service of the mesh that calls.</summary>
    /// <param name="certificate">What was shown.</param>
    /// <param name="shown">The chain that was shown with it.</param>
    public bool IsCaller(X509Certificate2 certificate, X509Chain? shown) => IsIssued(certificate, shown, _clientUsage);

    /// <summary>True for the certificate of a service of the mesh that is called.</summary>
    /// <inheritdoc cref="IsCaller" path="/param"/>
    public bool IsPeer(X509Certificate2 certificate, X509Chain? shown) => IsIssued(certificate, shown, _serverUsage);

    public void Dispose() => Own.Dispose();

    private bool IsIssued(X509Certificate2 certificate, X509Chain? shown, Oid usage)
    {
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck, // certificates of a mesh are short-lived and read again
                DisableCertificateDownloads = true,
                ApplicationPolicy = { usage },
            },
        };
        chain.ChainPolicy.CustomTrustStore.AddRange(_authority);
        foreach (var element in shown?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }

    private static byte[] ReadFile(string setting, string path)
    {
        try
        {
            return SettingFile.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"the file of {setting} can't be read: {(error is IOException ? error.Message : $"'{path}': permission denied")}", error);
        }
    }

    private static X509Certificate2Collection Import(string pem, string setting)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            found.Clear();
        }

        return found.Count > 0 ? found : throw new InvalidDataException($"the file of {setting} has no certificate in PEM");
    }
}
