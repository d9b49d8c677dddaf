using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Provenance.Signing;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Who signs sealed data sets. Section <c>Sealing</c>. Every replica of the balancer needs the same files.</summary>
public sealed class SealingOptions
{
    public const string Section = "Sealing";

    /// <summary>
    /// PEM file of a private key on P-256, not encrypted: signs a C2PA manifest for each shard and the balance certificate. Empty for
    /// sets without signatures, the default; with <see cref="CertificateChain"/> only.
    /// </summary>
    public string SigningKey { get; set; } = "";

    /// <summary>
    /// PEM file with the certificate of <see cref="SigningKey"/>, then its issuers: no CA, key usage digitalSignature, extended key usage
    /// emailProtection or documentSigning, valid at the start and when a set is sealed. Empty by default.
    /// </summary>
    public string CertificateChain { get; set; } = "";
}

/// <summary>Holds key and certificates to what readers of manifests take, before anything is sealed.</summary>
internal sealed class SealingOptionsRules(TimeProvider time) : IValidateOptions<SealingOptions>
{
    public ValidateOptionsResult Validate(string? name, SealingOptions options)
    {
        const string Key = $"{SealingOptions.Section}:{nameof(SealingOptions.SigningKey)}";
        const string Chain = $"{SealingOptions.Section}:{nameof(SealingOptions.CertificateChain)}";
        if (options.SigningKey.Length == 0 && options.CertificateChain.Length == 0)
            return ValidateOptionsResult.Success;
        if (options.SigningKey.Length == 0 || options.CertificateChain.Length == 0)
            return ValidateOptionsResult.Fail($"{(options.SigningKey.Length == 0 ? Key : Chain)} is empty; {Key} and {Chain} go together");
        try
        {
            SigningIdentity.Load(options.SigningKey, options.CertificateChain, time.GetUtcNow());
            return ValidateOptionsResult.Success;
        }
        catch (SigningIdentityException error)
        {
            return ValidateOptionsResult.Fail($"{(error.File == SigningFile.Key ? Key : Chain)} {error.Message.TrimEnd('.')}");
        }
    }
}

/// <summary>The signer of the settings.</summary>
internal sealed class SealSigner(IOptions<SealingOptions> options, TimeProvider time)
{
    /// <summary>The key and its certificates, read anew, so that files that were replaced count; null where none are set.</summary>
    /// <exception cref="MeshException">STORE_REFUSED, a fault of the set's: they can't sign any more, as after their time.</exception>
    public SigningIdentity? LoadIdentity()
    {
        if (options.Value.SigningKey.Length == 0)
            return null;
        try
        {
            return SigningIdentity.Load(options.Value.SigningKey, options.Value.CertificateChain, time.GetUtcNow());
        }
        catch (SigningIdentityException error)
        {
            var setting = error.File == SigningFile.Key ? nameof(SealingOptions.SigningKey) : nameof(SealingOptions.CertificateChain);
            throw new MeshException(ErrorReasons.StoreRefused,
                $"The data set can't be signed: {SealingOptions.Section}:{setting} {error.Message} Replace the file, then resume the set.");
        }
    }
}
