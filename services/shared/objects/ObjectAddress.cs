using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Objects;

/// <summary>
/// Where an object is: a tenant and the SHA-256 of the bytes. The only ways to make one check both parts, so an address is a safe path.
/// </summary>
public sealed record ObjectAddress
{
    private const string Prefix = "objects/";

    private ObjectAddress(string tenant, string sha256) => (Tenant, Sha256) = (tenant, sha256);

    /// <summary>Lower-case letters, digits, <c>-</c> and <c>_</c>, at most 64.</summary>
    public string Tenant { get; }

    /// <summary>Lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary><c>objects/{tenant}/{sha256}</c></summary>
    public string Uri => $"{Prefix}{Tenant}/{Sha256}";

    /// <summary>The address that the bytes have.</summary>
    public static ObjectAddress Create(string tenant, ReadOnlySpan<byte> bytes)
    {
        CheckTenant(tenant);
        return new ObjectAddress(tenant, Sha256Digest.HexOf(bytes));
    }

    /// <summary>The address of a digest that is known.</summary>
    public static ObjectAddress Create(string tenant, string sha256, string field)
    {
        CheckTenant(tenant);
        return IsDigest(sha256)
            ? new ObjectAddress(tenant, sha256)
            : throw MeshException.Invalid(field, "must be a SHA-256 in lower-case hex");
    }

    /// <summary>
    /// Reads a reference that a caller of <paramref name="tenant"/> sent; <paramref name="field"/> is its path in the request.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD when it is malformed, NOT_FOUND when it is another tenant's.</exception>
    public static ObjectAddress From(ImageRef reference, string tenant, string field)
    {
        CheckTenant(tenant);
        var parts = reference.Uri.Split('/');
        if (parts.Length != 3 || parts[0] != "objects" || !IsTenant(parts[1]) || !IsDigest(parts[2]))
            throw MeshException.Invalid($"{field}.uri", "must read objects/{tenant}/{sha256}");
        if (reference.Sha256 != parts[2])
            throw MeshException.Invalid($"{field}.sha256", "must equal the last part of the uri");
        return parts[1] == tenant ? new ObjectAddress(tenant, parts[2]) : throw MeshException.NotFound(reference.Uri);
    }

    /// <summary>The reference that is sent between services.</summary>
    public ImageRef ToReference(string mediaType, long sizeBytes) =>
        new() { Uri = Uri, Sha256 = Sha256, MediaType = mediaType, SizeBytes = sizeBytes };

    private static void CheckTenant(string tenant)
    {
        if (!IsTenant(tenant))
            throw MeshException.Invalid("tenant", "must be 1 to 64 lower-case letters, digits, '-' or '_'");
    }

    private static bool IsTenant(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_');

    private static bool IsDigest(string text) =>
        text.Length == 64 && text.All(c => c is (>= 'a' and <= 'f') or (>= '0' and <= '9'));
}
