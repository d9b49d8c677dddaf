using System.Net.Http.Json;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace SynCxr.Mesh.Testkit.Issuers;

/// <summary>OpenIddict on loopback: discovery, keys, and a token endpoint that gives any client the claims that it asks for.</summary>
public sealed class TestTokenIssuer : IAsyncDisposable
{
    /// <summary>The audience of its tokens.</summary>
    public const string Audience = "syncxr-mesh";

    private readonly WebApplication _app;
    private readonly HttpClient _http = new();

    private TestTokenIssuer(WebApplication app) => _app = app;

    /// <summary>Its address, which is its name.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/";

    /// <summary>Signs what it issues now.</summary>
    public SigningCredentials Credentials => Options.SigningCredentials[0];

    private OpenIddictServerOptions Options => _app.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue;

    public static async Task<TestTokenIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.SetTokenEndpointUris("connect/token");
            server.AllowClientCredentialsFlow().EnableDegradedMode();
            server.AddSigningKey(CreateKey()).AddEphemeralEncryptionKey().DisableAccessTokenEncryption();
            server.UseAspNetCore().DisableTransportSecurityRequirement();
            server.AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(e => e.UseInlineHandler(_ => default));
            server.AddEventHandler<OpenIddictServerEvents.HandleTokenRequestContext>(e => e.UseInlineHandler(Issue));
        });
        var app = builder.Build();
        await app.StartAsync();
        return new TestTokenIssuer(app);
    }

    /// <summary>Asks for a token as a client does.</summary>
    public async Task<string> RequestTokenAsync(string tenant, string roles)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "viewer",
            ["client_secret"] = "any",
            ["tenant"] = tenant,
            ["roles"] = roles,
        });
        using var answer = await _http.PostAsync(new Uri(Address + "connect/token"), form);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return json.TryGetProperty("access_token", out var token) ? token.GetString()!
            : throw new InvalidOperationException(json.GetRawText());
    }

    /// <summary>Signs a token with claims that the endpoint would not give.</summary>
    public string Sign(string? issuer = null, string audience = Audience, TimeSpan? lifetime = null, SigningCredentials? credentials = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Address,
            Audience = audience,
            NotBefore = now.AddHours(-2),
            Expires = now + (lifetime ?? TimeSpan.FromHours(1)),
            Claims = new Dictionary<string, object> { ["tenant"] = "team-a", ["roles"] = "read generate" },
            SigningCredentials = credentials ?? Credentials,
        });
    }

    /// <summary>Signs with a new key from now on, and publishes no other.</summary>
    public void RotateKey()
    {
        var key = CreateKey();
        Options.SigningCredentials.Clear();
        Options.SigningCredentials.Add(new SigningCredentials(key, SecurityAlgorithms.RsaSha256));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    private static RsaSecurityKey CreateKey() => new(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") };

    private static ValueTask Issue(OpenIddictServerEvents.HandleTokenRequestContext context)
    {
        var identity = new ClaimsIdentity("Bearer", OpenIddictConstants.Claims.Name, OpenIddictConstants.Claims.Role);
        identity.SetClaim(OpenIddictConstants.Claims.Subject, context.Request.ClientId);
        identity.SetClaim("tenant", (string?)context.Request["tenant"]);
        identity.SetClaims("roles", [.. ((string?)context.Request["roles"] ?? "").Split(' ')]);
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.AccessToken]);
        var principal = new ClaimsPrincipal(identity);
        principal.SetAudiences(Audience);
        context.SignIn(principal);
        return default;
    }
}
