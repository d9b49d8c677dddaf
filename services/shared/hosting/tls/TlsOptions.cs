using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Tls;

/// <summary>
/// Settings of TLS: the same files for what the process serves and for what it calls. Section <c>Tls</c>. They are PEM, and read again
/// within a second of their change.
/// </summary>
public sealed class TlsOptions
{
    public const string Section = "Tls";

    /// <summary>The certificate of this process, then those between it and the authority. Empty: no TLS.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>The private key of <see cref="Certificate"/>, not encrypted.</summary>
    public string Key { get; set; } = "";

    /// <summary>
    /// The certificate authority of the mesh. It must issue certificates to services of this mesh only: whoever has one may act for any
    /// tenant. Peers are trusted by it alone.
    /// </summary>
    public string Authority { get; set; } = "";

    /// <summary>
    /// Whether callers show a certificate of the mesh: one of <see cref="ClientCertificateNames"/>. Default <c>optional</c>.
    /// </summary>
    [Required]
    public string ClientCertificates { get; set; } = ClientCertificateNames.Optional;

    /// <summary>True when the process serves and calls over TLS.</summary>
    public bool IsOn => Certificate.Length > 0;
}

/// <summary>What a listener asks of those who connect. A certificate that is not of the mesh ends the connection in any case.</summary>
public static class ClientCertificateNames
{
    /// <summary>They aren't asked for one. Choose it for the gateway: browsers would ask their users.</summary>
    public const string None = "none";

    /// <summary>They may show one. Choose it for services, which are called by others and, through the gateway, for clients.</summary>
    public const string Optional = "optional";

    /// <summary>Without one there is no connection. Choose it where only other services and the gateway connect.</summary>
    public const string Required = "required";

    public static IReadOnlyList<string> All { get; } = [None, Optional, Required];
}

[OptionsValidator]
internal sealed partial class TlsOptionsValidator : IValidateOptions<TlsOptions>;

/// <summary>The files must be there, belong together, and be usable today.</summary>
internal sealed class TlsOptionsRules : IValidateOptions<TlsOptions>
{
    public ValidateOptionsResult Validate(string? name, TlsOptions options)
    {
        if (!ClientCertificateNames.All.Contains(options.ClientCertificates))
            return ValidateOptionsResult.Fail(
                $"Tls:ClientCertificates is '{options.ClientCertificates}'; it must be one of "
                    + string.Join(", ", ClientCertificateNames.All));
        var given = new[] { options.Certificate, options.Key, options.Authority }.Count(f => f.Length > 0);
        if (given == 0)
            return ValidateOptionsResult.Success;
        if (given < 3)
            return ValidateOptionsResult.Fail("Tls:Certificate, Tls:Key and Tls:Authority must be given together, or none of them");
        try
        {
            MeshCertificates.Read(options).Dispose();
            return ValidateOptionsResult.Success;
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            return ValidateOptionsResult.Fail($"Tls: {error.Message}");
        }
    }
}
