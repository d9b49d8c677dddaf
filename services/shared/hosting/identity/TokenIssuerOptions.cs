using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>
/// Settings of an OpenID Connect issuer whose tokens (JWT) this process takes, beside those of <see cref="MeshOptions.TokenFile"/>. Section
/// <c>Oidc</c>.
/// </summary>
public sealed class TokenIssuerOptions
{
    public const string Section = "Oidc";

    /// <summary>
    /// The issuer, below which <c>/.well-known/openid-configuration</c> is found: https, or http on loopback. Empty: no such tokens are
    /// taken.
    /// </summary>
    [DataType(DataType.Url)]
    public string Issuer { get; set; } = "";

    /// <summary>What the claim <c>aud</c> of a token must name: this mesh, as the issuer knows it. Required with an issuer.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The claim that holds the tenant. Default <c>tenant</c>.</summary>
    [Required]
    public string TenantClaim { get; set; } = "tenant";

    /// <summary>
    /// The claim that holds roles of <see cref="RoleNames"/>, as a list or with spaces between them; others are left out of account.
    /// Default <c>roles</c>.
    /// </summary>
    [Required]
    public string RolesClaim { get; set; } = "roles";
}

[OptionsValidator]
internal sealed partial class TokenIssuerOptionsValidator : IValidateOptions<TokenIssuerOptions>;

/// <summary>What holds between the settings of an issuer.</summary>
internal sealed class TokenIssuerOptionsRules : IValidateOptions<TokenIssuerOptions>
{
    public ValidateOptionsResult Validate(string? name, TokenIssuerOptions options)
    {
        if (options.Issuer.Length == 0)
            return ValidateOptionsResult.Success;
        if (!Uri.TryCreate(options.Issuer, UriKind.Absolute, out var issuer)
            || (issuer.Scheme != Uri.UriSchemeHttps && !issuer.IsLoopback))
            return ValidateOptionsResult.Fail($"Oidc:Issuer is '{options.Issuer}'; it must be an https address: whoever can change what it "
                + "says on the way could sign tokens");
        return options.Audience.Length > 0 ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Oidc:Audience is not given: every token of the issuer would be taken, whatever it was made for");
    }
}
