using System.Globalization;
using Grpc.Net.Client;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using SynCxr.Mesh.Testkit.Issuers;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>
/// What makes a data set, each in a process of its own, over TLS and mutual TLS behind a gateway. Callers have tokens of a file or of an
/// OpenID Connect issuer. Each process has its files of TLS for itself, so that those of one can be replaced.
/// </summary>
internal sealed class SecureMesh : IAsyncDisposable
{
    private static readonly string[] _services = ["Report", "Diffusion", "Curation", "Balancer"];
    private readonly ScratchFolder _scratch = new();
    private readonly TestCertificateAuthority _authority;
    private readonly Dictionary<string, (int Grpc, int Json, int Operations)> _ports;
    private readonly List<SyncxrProcess> _processes = [];

    private SecureMesh(TestTokenIssuer issuer)
    {
        Issuer = issuer;
        _authority = new TestCertificateAuthority(_scratch["authority"]);
        _ports = _services.Append("Gateway").ToDictionary(s => s, _ => (TestPort.Reserve(), TestPort.Reserve(), TestPort.Reserve()));
    }

    /// <summary>Whose tokens the mesh takes beside those of the file.</summary>
    public TestTokenIssuer Issuer { get; }

    /// <summary>The gateway.</summary>
    public string Address => Url("https", "localhost", _ports["Gateway"].Grpc);

    /// <summary>The certificate authority of the mesh.</summary>
    public string CaFile => _authority.CaFile;

    /// <summary>The tokens that the mesh takes.</summary>
    public string TokenFile => _scratch["tokens.json"];

    /// <summary>A file or folder of the test's own.</summary>
    public string this[string name] => _scratch[name];

    /// <param name="token">The one token of the file at first, of the tenant <c>team-a</c>.</param>
    /// <param name="settings">Of single processes: <c>Diffusion:Engine=fixed-cost</c>, or <c>Balancer/Mesh:CallAttempts=1</c>.</param>
    public static async Task<SecureMesh> StartAsync(string token, params string[] settings)
    {
        var mesh = new SecureMesh(await TestTokenIssuer.StartAsync());
        try
        {
            TestTokenFile.Write(mesh.TokenFile, (token, "team-a"));
            foreach (var name in mesh._ports.Keys)
                mesh.Start(name, settings);
            foreach (var (process, ports) in mesh._processes.Zip(mesh._ports.Values))
                await process.WaitUntilReadyAsync(ports.Operations);
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync(); // else the processes would outlive the tests
            throw;
        }
    }

    /// <summary>A channel to the gateway that trusts the mesh's authority.</summary>
    public GrpcChannel Connect() =>
        GrpcChannel.ForAddress(Address, new GrpcChannelOptions { HttpHandler = _authority.CreateHandler(), DisposeHttpClient = true });

    /// <summary>The file with the authority that a process believes.</summary>
    public string AuthorityFileOf(string name) => _scratch[$"{name}-ca.crt"];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        await Issuer.DisposeAsync();
        _authority.Dispose();
        _scratch.Dispose();
    }

    private void Start(string name, IEnumerable<string> settings)
    {
        _authority.Issue(name);
        File.Copy(CaFile, AuthorityFileOf(name));
        var (grpc, json, operations) = _ports[name];
        string[] folders = name switch
        {
            "Balancer" => [$"--Balancer:StateFolder={_scratch["state"]}", $"--Storage:Root={_scratch["state"]}"],
            "Diffusion" or "Curation" => [$"--Storage:Root={_scratch["state"]}"],
            "Gateway" => ["--Tls:ClientCertificates=none"],
            _ => [],
        };
        _processes.Add(SyncxrProcess.StartService(name,
        [
            string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={grpc}"),
            string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={json}"),
            string.Create(CultureInfo.InvariantCulture, $"--Mesh:OperationsPort={operations}"),
            "--Mesh:Authentication=token", $"--Mesh:TokenFile={TokenFile}",
            $"--Oidc:Issuer={Issuer.Address}", $"--Oidc:Audience={TestTokenIssuer.Audience}",
            .. _authority.ToSettings(name).Where(s => !s.StartsWith("--Tls:Authority=", StringComparison.Ordinal)),
            $"--Tls:Authority={AuthorityFileOf(name)}",
            .. folders, .. Peers(),
            .. settings.Select(s => s.Split('/', 2)).Where(s => s[0] == name || s[0].StartsWith($"{name}:", StringComparison.Ordinal))
                .Select(s => $"--{s[^1]}"),
        ]));
    }

    private IEnumerable<string> Peers() => _services.SelectMany(s => new[]
    {
        $"--Peers:{s.ToLowerInvariant()}={Url("https", "127.0.0.1", _ports[s].Grpc)}",
        $"--Peers:{s.ToLowerInvariant()}-json={Url("https", "127.0.0.1", _ports[s].Json)}",
    });

    private static string Url(string scheme, string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}");
}
