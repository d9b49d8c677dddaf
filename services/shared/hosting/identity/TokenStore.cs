using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Settings;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>The tokens of <see cref="MeshOptions.TokenFile"/>, read again within a second of the file's change.</summary>
internal sealed class TokenStore(IOptions<MeshOptions> options, TimeProvider clock, ILogger<TokenStore> logger) : IDisposable
{
    private readonly ReloadedFile<IReadOnlyList<StaticToken>>? _file = options.Value.TokenFile.Length == 0 ? null
        : new([options.Value.TokenFile], contents => TokenFileReader.Parse(contents[0]), clock, logger);

    /// <summary>Who a token stands for.</summary>
    /// <returns>Null for a value that is none of them.</returns>
    /// <exception cref="MeshException">UNAUTHENTICATED for one that has expired.</exception>
    public CallerIdentity? Find(string value)
    {
        var digest = StaticToken.ToDigest(value);
        StaticToken? found = null;
        foreach (var token in _file?.Current ?? [])
        {
            if (CryptographicOperations.FixedTimeEquals(token.Digest, digest))
                found = token;
        }

        if (found?.Expires <= clock.GetUtcNow())
            throw new MeshException(ErrorReasons.Unauthenticated, $"The token '{EchoedText.Shorten(found.Name)}' has expired.");
        return found is null ? null : new CallerIdentity(found.Name, found.Tenant, found.Roles);
    }

    public void Dispose() => _file?.Dispose();
}
