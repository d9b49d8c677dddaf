using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Bus;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Hosting;

/// <summary>Settings of every process of the mesh. Section <c>Mesh</c>.</summary>
public sealed class MeshOptions
{
    public const string Section = "Mesh";

    /// <summary>
    /// Address to listen on. Default 127.0.0.1; anything but loopback needs an authentication mode other than <c>none</c>.
    /// </summary>
    [Required]
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>Port for gRPC (HTTP/2 without TLS), 0 to 65535; 0 takes a free one. Default: the service's own.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>Port for JSON and gRPC-Web (HTTP/1.1), 0 to 65535; 0 takes a free one. Default: the gRPC port plus 100.</summary>
    [Range(0, 65535)]
    public int JsonPort { get; set; }

    /// <summary>How callers prove who they are: one of <see cref="AuthenticationModeNames"/>. Default <c>none</c>.</summary>
    [Required]
    public string Authentication { get; set; } = AuthenticationModeNames.None;

    /// <summary>
    /// Bearer token → tenant, for mode <c>token</c>. The tenant <c>*</c> may act for any tenant: for the services themselves.
    /// </summary>
    public Dictionary<string, string> Tokens { get; set; } = [];

    /// <summary>Bearer token that this process calls its peers with; empty for none.</summary>
    public string OutgoingToken { get; set; } = "";

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

    /// <summary>Name of the bus: one of <see cref="BusNames"/>; <c>rabbitmq</c> has a section of its own. Default <c>memory</c>.</summary>
    [Required]
    public string Bus { get; set; } = BusNames.Memory;

    /// <summary>How long a broker that does not answer may hold up a publisher, 100 ms to 1 min. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan PublishLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>OTLP endpoint for traces and metrics; empty exports nothing.</summary>
    public string OtlpEndpoint { get; set; } = "";
}

/// <summary>The ways in which callers prove who they are.</summary>
public static class AuthenticationModeNames
{
    /// <summary>No proof is needed. Choose it for one person on one machine: it is allowed on loopback only.</summary>
    public const string None = "none";

    /// <summary>Bearer tokens from <c>Mesh:Tokens</c>. Choose it for a closed network with a gateway in front.</summary>
    public const string Token = "token";

    public static IReadOnlyList<string> All { get; } = [None, Token];
}

[OptionsValidator]
internal sealed partial class MeshOptionsValidator : IValidateOptions<MeshOptions>;

/// <summary>Rules across settings: a process whose settings are not safe does not start.</summary>
internal sealed class MeshOptionsRules : IValidateOptions<MeshOptions>
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
        if (options.Authentication == AuthenticationModeNames.Token && options.Tokens.Count == 0)
            problems.Add(
                "Mesh:Authentication is 'token' and Mesh:Tokens is empty: no caller could be accepted; add a token");
        foreach (var (token, tenant) in options.Tokens)
        {
            if (token.Length < 16)
                problems.Add($"Mesh:Tokens holds a token of {token.Length} characters for '{tenant}'; a token needs at least 16");
            if (tenant != "*" && !RequestContext.IsTenantName(tenant))
                problems.Add(
                    $"Mesh:Tokens names the tenant '{tenant}'; a tenant name has 1 to 63 characters of a-z, 0-9 and '-', and starts with "
                        + $"a letter");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
