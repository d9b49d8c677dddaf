using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>Where a page ends, sealed with a key that all replicas share: a token of another list, tenant or mesh is refused.</summary>
internal sealed class PageTokenCodec(MeshDatabase<BalancerDb> rows) : IDisposable
{
    private const string Setting = "page-token-key";
    private const int MacLength = 16;
    private readonly SemaphoreSlim _once = new(1, 1);
    private byte[]? _key;

    /// <summary>The size to use: <paramref name="fallback"/> for 0.</summary>
    public static int PageSize(int asked, int fallback) => asked switch
    {
        < 0 or > 1000 => throw MeshException.Invalid("page_size", "must be 0 to 1000"),
        0 => fallback,
        _ => asked,
    };

    /// <param name="scope">What is listed, with the tenant and every filter.</param>
    /// <param name="position">Key of the last item.</param>
    public async Task<string> WriteAsync(string scope, string position, CancellationToken cancellation)
    {
        var payload = Encoding.UTF8.GetBytes(position);
        return Base64Url.EncodeToString([.. Mac(await KeyAsync(cancellation), scope, payload), .. payload]);
    }

    /// <returns>The position, or null for the first page.</returns>
    /// <exception cref="MeshException">The token was not made for this list.</exception>
    public async Task<string?> ReadAsync(string scope, string token, CancellationToken cancellation)
    {
        if (token.Length == 0)
            return null;
        if (token.Length <= 512 && Base64Url.IsValid(token))
        {
            var bytes = Base64Url.DecodeFromChars(token);
            if (bytes.Length >= MacLength)
            {
                var mac = Mac(await KeyAsync(cancellation), scope, bytes.AsSpan(MacLength));
                if (CryptographicOperations.FixedTimeEquals(mac, bytes.AsSpan(0, MacLength)))
                    return Encoding.UTF8.GetString(bytes, MacLength, bytes.Length - MacLength);
            }
        }

        throw MeshException.Invalid("page_token", "is no token of this list");
    }

    public void Dispose() => _once.Dispose();

    private static byte[] Mac(byte[] key, string scope, ReadOnlySpan<byte> payload) =>
        HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes(scope), 0, .. payload])[..MacLength];

    private async Task<byte[]> KeyAsync(CancellationToken cancellation)
    {
        if (_key is { } known)
            return known;
        await _once.WaitAsync(cancellation);
        try
        {
            var value = await rows.TransactAsync(
                async db =>
                {
                    if (await db.Settings.FirstOrDefaultAsync(s => s.Name == Setting, cancellation) is { } row)
                        return row.Value;
                    var fresh = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
                    db.Add(new SettingRow { Name = Setting, Value = fresh });
                    await db.SaveChangesAsync(cancellation);
                    return fresh;
                },
                cancellation);
            return _key = Convert.FromHexString(value);
        }
        finally
        {
            _once.Release();
        }
    }
}
