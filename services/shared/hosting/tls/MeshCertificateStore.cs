using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Replicas;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Hosting.Tls;

/// <summary>
/// TLS of what the process serves and of what it calls, with the newest files: a new connection takes them, an open one ends after
/// <see cref="MeshOptions.MaxConnectionAge"/>.
/// </summary>
public sealed class MeshCertificateStore : IDisposable
{
    private const SslProtocols Versions = SslProtocols.Tls12 | SslProtocols.Tls13;
    private readonly ReloadedFile<MeshCertificates>? _files;
    private readonly TlsOptions _options;
    private readonly IConfiguration _configuration;

    public MeshCertificateStore(IOptions<TlsOptions> options, IConfiguration configuration, TimeProvider clock,
        ILogger<MeshCertificateStore> logger)
    {
        _options = options.Value;
        _configuration = configuration;
        if (_options.IsOn)
            _files = new([_options.Certificate, _options.Key, _options.Authority], MeshCertificates.Parse, clock, logger);
    }

    /// <summary>True when the process serves and calls over TLS.</summary>
    public bool IsOn => _files is not null;

    public void Dispose() => _files?.Dispose();

    /// <summary>Lets a listener speak TLS, where the settings say so. Call it before what reads the connection's bytes.</summary>
    internal void UseTls(ListenOptions listener)
    {
        if (_files is null)
            return;
        listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = _files.Current.Context,
                EnabledSslProtocols = Versions,
                ClientCertificateRequired = _options.ClientCertificates != ClientCertificateNames.None,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => certificate is X509Certificate2 shown
                    ? _files.Current.IsCaller(shown, chain) : _options.ClientCertificates != ClientCertificateNames.Required,
            }),
        });
    }

    /// <summary>Lets calls to a peer show the certificate of this process, and trust the authority of the mesh alone.</summary>
    /// <param name="handler">Makes the connections.</param>
    /// <param name="peer">Name of the peer. Where its setting is a DNS name, which stands for addresses, its certificate has that
    /// name.</param>
    public void UseTls(SocketsHttpHandler handler, string peer)
    {
        if (_files is null)
            return;
        handler.SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = Versions,
            LocalCertificateSelectionCallback = (_, _, _, _, _) => _files.Current.Own,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => certificate is X509Certificate2 shown
                && _files.Current.IsPeer(shown, chain)
                && (!errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                    || (PeerSetting.Read(_configuration, peer).DnsName is { } name && shown.MatchesHostname(name.Host))),
        };
    }
}
