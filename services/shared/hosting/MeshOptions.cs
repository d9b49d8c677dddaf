using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Identity;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Hosting.Tls;

namespace SynCxr.Mesh.Hosting;

/// <summary>Settings of every process of the mesh. Section <c>Mesh</c>.</summary>
public sealed class MeshOptions
{
    public const string Section = "Mesh";

    /// <summary>
    /// Address to listen on. Default 127.0.0.1; anything but loopback needs TLS and an authentication mode other than <c>none</c>.
    /// </summary>
    [Required]
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>Port for gRPC (HTTP/2), 0 to 65535; 0 takes a free one. Default: the service's own.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>Port for JSON and gRPC-Web (HTTP/1.1), 0 to 65535; 0 takes a free one. Default: the gRPC port plus 100.</summary>
    [Range(0, 65535)]
    public int JsonPort { get; set; }

    /// <summary>
    /// Port for <c>/metrics</c>, <c>/live</c> and <c>/ready</c> (HTTP/1.1, without TLS and identity), 0 to 65535; 0 takes a free one.
    /// Default: none.
    /// </summary>
    [Range(0, 65535)]
    public int? OperationsPort { get; set; }

    /// <summary>How callers prove who they are: one of <see cref="AuthenticationModeNames"/>. Default <c>none</c>.</summary>
    [Required]
    public string Authentication { get; set; } = AuthenticationModeNames.None;

    /// <summary>
    /// A JSON file with the bearer tokens of mode <c>token</c>, each with tenant, roles and expiry; read again when it changes. Empty for
    /// none.
    /// </summary>
    public string TokenFile { get; set; } = "";

    /// <summary>
    /// Names under which this process may be called, without ports: a name, an IP address, <c>*.example.org</c>, or <c>*</c> for any.
    /// Default: <c>localhost</c>, <c>127.0.0.1</c> and <c>[::1]</c> where it listens on loopback, else any.
    /// </summary>
    public IList<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// Origins whose pages may call this process from a browser, such as <c>https://viewer.example.org</c>. Set it for the gateway.
    /// Default: none.
    /// </summary>
    public IList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Deadline of a client call that sets none, 1 s to 1 h. Default 2 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan DefaultDeadline { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Attempts of a unary client call that meets UNAVAILABLE, 1 to 5. Default 4.</summary>
    [Range(1, 5)]
    public int CallAttempts { get; set; } = 4;

    /// <summary>Calls in flight from this process to one peer, 1 to 10,000; fewer while the peer's queue is full. Default 256.</summary>
    [Range(1, 10_000)]
    public int CallsToPeer { get; set; } = 256;

    /// <summary>
    /// Calls in flight in this process, 1 to 100,000; the next one is refused and told when to come again. Default 2,000.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxCalls { get; set; } = 2_000;

    /// <summary>Calls of one tenant in flight in this process, 1 to 100,000; the next one is refused. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int CallsPerTenant { get; set; } = 1_000;

    /// <summary>
    /// Watches of one tenant that are open in this process, 1 to 100,000, beside its calls; the next one is refused. Default 256.
    /// </summary>
    [Range(1, 100_000)]
    public int WatchesPerTenant { get; set; } = 256;

    /// <summary>
    /// Tenant → how much of a busy process it gets beside the others, above 0; one that is not listed has 1. Tenants take turns wherever
    /// work waits: calls, images, verdicts, pairs of data sets, trainings, evaluations. Default: the same for all.
    /// </summary>
    public Dictionary<string, double> TenantWeights { get; init; } = [];

    /// <summary>Connections that are open at once, 16 to 1,000,000; the next one is closed at once. Default 4,096.</summary>
    [Range(16, 1_000_000)]
    public int MaxConnections { get; set; } = 4_096;

    /// <summary>How long the body of a request may take to arrive, 1 s to 10 min. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan BodyLimit { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Bytes of all requests that the process holds, from their arrival to the end of their calls, 32 MiB to 1 TiB; the next one is refused
    /// and told when to come again. What is parsed takes up to about seven times as much. Default 268,435,456 (256 MiB).
    /// </summary>
    [Range(33_554_432L, 1_099_511_627_776L)]
    public long RequestBytesInFlight { get; set; } = 256L * 1024 * 1024;

    /// <summary>
    /// How long a peer's replica may leave its health watch or an HTTP/2 ping unanswered before it counts as not ready, 2 s to 1 min.
    /// Default 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:01:00")]
    public TimeSpan HealthLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A JSON file with the section <c>Peers</c>, read again when it changes; settings from elsewhere win. Empty for none.
    /// </summary>
    public string PeersFile { get; set; } = "";

    /// <summary>
    /// Age from which on a gRPC connection is closed gracefully at its next call, give or take a twentieth, 1 s to 1 day. Default 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxConnectionAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long new calls are still taken after SIGTERM, so that clients that watch <c>ready</c> can choose other replicas, 0 s to 1 min.
    /// Default 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long calls in flight may take to end after SIGTERM, 0 s to 10 min. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a server that can't be reached, or is starting, is waited for at start before the process ends, 1 s to 1 day. Default 5
    /// min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StartLimit { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Name of the bus: one of <see cref="BusNames"/>; <c>rabbitmq</c> has a section of its own. Default <c>memory</c>.</summary>
    [Required]
    public string Bus { get; set; } = BusNames.Memory;

    /// <summary>How long a broker that does not answer may hold up a publisher, 100 ms to 1 min. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan PublishLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>OTLP endpoint for traces and metrics; empty exports nothing.</summary>
    [DataType(DataType.Url)]
    public string OtlpEndpoint { get; set; } = "";
}

/// <summary>The ways in which callers prove who they are.</summary>
public static class AuthenticationModeNames
{
    /// <summary>No proof is needed. Choose it for one person on one machine: it is allowed on loopback only.</summary>
    public const string None = "none";

    /// <summary>
    /// Bearer tokens: of <c>Mesh:TokenFile</c>, of <c>Oidc:Issuer</c>, or of both. Choose it for everything that others can reach.
    /// </summary>
    public const string Token = "token";

    public static IReadOnlyList<string> All { get; } = [None, Token];
}

[OptionsValidator]
internal sealed partial class MeshOptionsValidator : IValidateOptions<MeshOptions>;

/// <summary>Rules across settings: a process whose settings are not safe does not start.</summary>
internal sealed class MeshOptionsRules(IOptions<TlsOptions> tls, IOptions<TokenIssuerOptions> issuer) : IValidateOptions<MeshOptions>
{
    public ValidateOptionsResult Validate(string? name, MeshOptions options)
    {
        var problems = new List<string>();
        if (!AuthenticationModeNames.All.Contains(options.Authentication))
            problems.Add(
                $"Mesh:Authentication is '{options.Authentication}'; it must be one of {string.Join(", ", AuthenticationModeNames.All)}");
        if (!BusNames.All.Contains(options.Bus))
            problems.Add($"Mesh:Bus is '{options.Bus}'; it must be one of {string.Join(", ", BusNames.All)}");
        if (!IPAddress.TryParse(options.Listen, out var address))
            problems.Add($"Mesh:Listen is '{options.Listen}'; it must be an IP address");
        else if (options.Authentication == AuthenticationModeNames.None && !IPAddress.IsLoopback(address))
            problems.Add($"Mesh:Authentication is 'none' and Mesh:Listen is '{options.Listen}'; 'none' is allowed on loopback only");
        if (address is not null && !tls.Value.IsOn && !IPAddress.IsLoopback(address))
            problems.Add(
                $"Mesh:Listen is '{options.Listen}' and Tls:Certificate is not given; tokens travel in clear text on loopback only");
        if (options.Authentication == AuthenticationModeNames.Token && options.TokenFile.Length == 0 && issuer.Value.Issuer.Length == 0)
            problems.Add(
                "Mesh:Authentication is 'token', and neither Mesh:TokenFile nor Oidc:Issuer is given: no caller could be accepted");
        if (options.Authentication == AuthenticationModeNames.None)
        {
            foreach (var given in new[] { ("Mesh:TokenFile", options.TokenFile), ("Oidc:Issuer", issuer.Value.Issuer) })
            {
                if (given.Item2.Length > 0)
                    problems.Add($"{given.Item1} is given and Mesh:Authentication is 'none': nobody would be asked for a token. Set "
                        + "Mesh:Authentication to 'token', or leave it out");
            }
        }

        if (FindTokenFileProblem(options.TokenFile) is { } wrongFile)
            problems.Add($"Mesh:TokenFile: {wrongFile}");
        problems.AddRange(options.TenantWeights.Where(weight => weight.Value is not (> 0 and <= 1000))
            .Select(weight => $"Mesh:TenantWeights:{weight.Key} is {weight.Value}; a weight must be above 0 and at most 1,000"));
        problems.AddRange(options.AllowedHosts.Where(host => !BrowserMiddleware.IsHostPattern(host))
            .Select(host => $"Mesh:AllowedHosts holds '{host}'; it must be a name or an address without a port, *.example.org, or *"));
        problems.AddRange(options.AllowedOrigins.Where(origin => !BrowserMiddleware.IsOrigin(origin))
            .Select(origin => $"Mesh:AllowedOrigins holds '{origin}'; it must be an origin: http:// or https://, a host, and a port if "
                + "it isn't the usual one"));
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static string? FindTokenFileProblem(string path)
    {
        if (path.Length == 0)
            return null;
        try
        {
            TokenFileReader.Parse(SettingFile.ReadAllBytes(path));
            return null;
        }
        catch (InvalidDataException error)
        {
            return $"'{path}' can't be used: {error.Message}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error is UnauthorizedAccessException ? $"'{path}' can't be read: permission denied" : error.Message;
        }
    }
}
