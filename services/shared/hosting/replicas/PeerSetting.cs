using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Clients;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>
/// The setting <c>Peers:{name}</c>: where a peer's replicas are, as a list (<c>http://a:1,http://b:2</c>) or as a DNS name with an address
/// for each of them (<c>dns:///name:port</c>, a headless service). Over TLS: <c>https://a:1</c>, <c>dns+https:///name:port</c>.
/// </summary>
public sealed class PeerSetting
{
    private const string Dns = "dns", DnsOverTls = "dns+https";

    private PeerSetting(string key, string text, IReadOnlyList<Uri> listed, DnsEndPoint? name, bool isSecure) =>
        (Key, Text, Addresses, DnsName, IsSecure) = (key, text, listed, name, isSecure);

    /// <summary>The setting's key.</summary>
    public string Key { get; }

    /// <summary>Its value, or the default.</summary>
    public string Text { get; }

    /// <summary>The listed addresses; empty for a DNS name.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    /// <summary>The name to look up, or null for a list.</summary>
    public DnsEndPoint? DnsName { get; }

    /// <summary>True when the replicas are called over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>Reads the setting; a peer without one is on its own port on loopback.</summary>
    /// <param name="peer">A name of <see cref="MeshClients.Ports"/>, or that with <c>-json</c>.</param>
    /// <exception cref="OptionsValidationException">The setting is neither a list of addresses nor a DNS name; the message names
    /// it.</exception>
    public static PeerSetting Read(IConfiguration configuration, string peer)
    {
        var key = $"Peers:{peer}";
        var text = configuration[key] ?? new UriBuilder("http", "127.0.0.1", MeshClients.Ports[peer]).Uri.ToString();
        if (Uri.TryCreate(text, UriKind.Absolute, out var name) && name.Scheme is Dns or DnsOverTls)
        {
            return Uri.TryCreate("http://" + name.AbsolutePath.TrimStart('/'), UriKind.Absolute, out var at) && name.Host.Length == 0
                && at.PathAndQuery == "/" && !at.IsDefaultPort
                ? new PeerSetting(key, text, [], new DnsEndPoint(at.DnsSafeHost, at.Port), name.Scheme == DnsOverTls)
                : throw InvalidSetting(key, text);
        }

        var addresses = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => Uri.TryCreate(part, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                && address.PathAndQuery == "/" ? address : throw InvalidSetting(key, text))
            .Distinct().ToList();
        return addresses.Count > 0 && addresses.TrueForAll(a => a.Scheme == addresses[0].Scheme)
            ? new PeerSetting(key, text, addresses, null, addresses[0].Scheme == Uri.UriSchemeHttps) : throw InvalidSetting(key, text);
    }

    /// <summary>The replicas' addresses now, in a stable order.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The name can't be resolved.</exception>
    public async Task<IReadOnlyList<Uri>> ResolveAsync(CancellationToken cancellation)
    {
        if (DnsName is null)
            return Addresses;
        var found = await System.Net.Dns.GetHostAddressesAsync(DnsName.Host, cancellation);
        return [.. found.Select(ip => new UriBuilder(IsSecure ? "https" : "http", ip.ToString(), DnsName.Port).Uri).Distinct()
            .OrderBy(u => u.AbsoluteUri, StringComparer.Ordinal)];
    }

    private static OptionsValidationException InvalidSetting(string key, string text) => new(
        "Peers", typeof(Uri),
        [$"{key} is '{text}'; it must be one address (http://host:port), several with commas between them, or dns:///name:port; over TLS "
            + "https://host:port, or dns+https:///name:port"]);
}
