using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>Finds out who calls from a token (JWT) that the issuer of <see cref="TokenIssuerOptions"/> signed.</summary>
internal sealed class IssuedTokenAuthenticator(IOptions<TokenIssuerOptions> options, IOptionsMonitor<JwtBearerOptions> jwt)
{
    /// <summary>Without it ASP.NET would ask the issuer for every call, before we have looked at the call.</summary>
    private const string NoDefaultScheme = "Microsoft.AspNetCore.Authentication.SuppressAutoDefaultScheme";

    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);

    /// <summary>How soon keys are asked for again when a token names one that isn't known.</summary>
    private static readonly TimeSpan _refreshInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _clockSkew = TimeSpan.FromSeconds(30);

    /// <summary>Signatures by a key pair: with a shared secret, whoever checks a token could make one.</summary>
    private static readonly string[] _algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly TokenIssuerOptions _options = options.Value;

    /// <summary>True when an issuer is set.</summary>
    public bool IsOn => _options.Issuer.Length > 0;

    public static void Register(IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TokenIssuerOptions>().BindConfiguration(TokenIssuerOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TokenIssuerOptions>, TokenIssuerOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TokenIssuerOptions>, TokenIssuerOptionsRules>();
        builder.Services.AddSingleton<IssuedTokenAuthenticator>();
        AppContext.SetSwitch(NoDefaultScheme, true);
        // what AddAuthentication adds beyond this are keys for cookies, in the home of the user
        builder.Services.AddAuthenticationCore();
        builder.Services.AddWebEncoders();
        builder.Services.AddSingleton<IAuthenticationConfigurationProvider, EmptyAuthenticationConfigurationProvider>();
        new AuthenticationBuilder(builder.Services).AddJwtBearer();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<TokenIssuerOptions>>((jwt, issuer) =>
            {
                if (issuer.Value.Issuer.Length == 0)
                    return;
                jwt.Authority = issuer.Value.Issuer;
                jwt.Audience = issuer.Value.Audience;
                jwt.RequireHttpsMetadata = !new Uri(issuer.Value.Issuer).IsLoopback;
                jwt.MapInboundClaims = false;
                jwt.RefreshInterval = _refreshInterval;
                jwt.TokenValidationParameters.ValidAlgorithms = _algorithms;
                jwt.TokenValidationParameters.ClockSkew = _clockSkew;
            });
    }

    /// <exception cref="MeshException">UNAUTHENTICATED; PEER_UNREACHABLE while the issuer's keys can't be read.</exception>
    public async Task<CallerIdentity> AuthenticateAsync(HttpContext http)
    {
        try
        {
            await jwt.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager!.GetConfigurationAsync(http.RequestAborted);
        }
        catch (InvalidOperationException)
        {
            throw new MeshException(ErrorReasons.PeerUnreachable,
                "The keys of the token issuer can't be read, so the token can't be checked (Oidc:Issuer).", retryAfter: _retryAfter);
        }

        var result = await http.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        return result.Principal is { } caller ? ReadIdentity(caller) : throw Describe(result.Failure);
    }

    private CallerIdentity ReadIdentity(ClaimsPrincipal caller)
    {
        if (caller.FindFirst(_options.TenantClaim)?.Value is not { } tenant || !RequestContext.IsTenantName(tenant))
            throw new MeshException(ErrorReasons.Unauthenticated,
                $"The token has no claim '{_options.TenantClaim}' with a tenant name: 1 to 63 characters of a-z, 0-9 and '-', a letter "
                    + "first.");
        var roles = caller.FindAll(_options.RolesClaim).SelectMany(c => c.Value.Split(' ')).Where(RoleNames.All.Contains);
        return new CallerIdentity(caller.FindFirst("sub")?.Value ?? "a token", tenant, roles.ToFrozenSet(StringComparer.Ordinal));
    }

    private static MeshException Describe(Exception? failure) => failure switch
    {
        SecurityTokenExpiredException => Refuse("The token has expired."),
        SecurityTokenNotYetValidException => Refuse("The token is not valid yet."),
        SecurityTokenInvalidAudienceException => Refuse("The token was made for another audience than this mesh."),
        SecurityTokenInvalidIssuerException => Refuse("The token is of another issuer than this process accepts."),
        SecurityTokenSignatureKeyNotFoundException => Refuse("The token names a key that its issuer doesn't publish, or not yet here."),
        _ => Refuse("The token's signature or form can't be accepted."),
    };

    private static MeshException Refuse(string problem) => new(ErrorReasons.Unauthenticated, problem);
}

/// <summary>Keeps ASP.NET's own section <c>Authentication</c> out: what counts is <c>Oidc</c>.</summary>
internal sealed class EmptyAuthenticationConfigurationProvider : IAuthenticationConfigurationProvider
{
    public IConfiguration AuthenticationConfiguration { get; } = new ConfigurationBuilder().Build();
}
