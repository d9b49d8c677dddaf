using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Hosting.Identity;

/// <summary>A bearer token of <see cref="MeshOptions.TokenFile"/>; of its value only the digest is kept.</summary>
/// <param name="Name">What it is called in messages and in logs.</param>
/// <param name="Digest">SHA-256 of its UTF-8.</param>
/// <param name="Tenant">The tenant that it acts for.</param>
/// <param name="Roles">Of <see cref="RoleNames"/>.</param>
/// <param name="Expires">From when on it is refused.</param>
internal sealed record StaticToken(string Name, byte[] Digest, string Tenant, FrozenSet<string> Roles, DateTimeOffset Expires)
{
    /// <summary>Shortest value, in characters.</summary>
    public const int MinLength = 16;

    /// <summary>The digest that stands for a value.</summary>
    public static byte[] ToDigest(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));

    /// <summary>True for what fits into an HTTP header: printable ASCII without spaces.</summary>
    public static bool HasHeaderCharacters(string value) => value.All(c => c is > ' ' and <= '~');
}
