using System.Security.Cryptography;
using System.Text;

namespace SynCxr.Mesh.Provenance.C2pa;

/// <summary>What a manifest of ours claims of a file.</summary>
/// <param name="Identity">Text that the ids of the manifest are a function of, so that who writes it again writes the same.</param>
/// <param name="Title">Name of the file.</param>
/// <param name="AISystem">Name of the generator.</param>
/// <param name="AISystemVersion">Version of the generator.</param>
/// <param name="Created">When the content was done; null where that is not known.</param>
public sealed record ManifestClaim(string Identity, string Title, string AISystem, string AISystemVersion, DateTimeOffset? Created = null)
{
    /// <summary>Label of the manifest.</summary>
    internal string Label => $"urn:c2pa:{CreateUuid("manifest")}";

    internal string InstanceId => $"xmp:iid:{CreateUuid("instance")}";

    /// <summary>A UUID of version 8 (RFC 9562): bits of a SHA-256.</summary>
    private Guid CreateUuid(string use)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{use}|{Identity}")).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
