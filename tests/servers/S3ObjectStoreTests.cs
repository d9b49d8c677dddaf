using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>The object store on a bucket: what the folder store promises, and an outage.</summary>
public sealed class S3ObjectStoreTests(ServersFixture servers)
{
    private static readonly byte[] _bytes = Encoding.UTF8.GetBytes("some bytes");

    [Fact]
    public async Task PutAndGet_Bytes_AreCheckedAgainstTheirDigestAndRepaired()
    {
        if (!servers.AreAvailable())
            return;
        using var bucket = new S3Bucket(await OptionsAsync());
        var store = new S3ObjectStore(bucket);
        var missing = ObjectAddress.Create("local", "nothing"u8);

        var address = await store.PutAsync("local", _bytes, default);

        Assert.Equal(_bytes, await store.GetAsync(address, default));
        Assert.True(await store.ExistsAsync(address, default));
        Assert.False(await store.ExistsAsync(missing, default));
        Assert.Same(ErrorReasons.NotFound, (await Assert.ThrowsAsync<MeshException>(() => store.GetAsync(missing, default))).Reason);
        await bucket.PutAsync(address.Uri, Encoding.UTF8.GetBytes("some bytez"), default);
        Assert.Same(ErrorReasons.DataCorrupt, (await Assert.ThrowsAsync<MeshException>(() => store.GetAsync(address, default))).Reason);
        await store.PutAsync("local", _bytes, default);
        Assert.Equal(_bytes, await store.GetAsync(address, default));
    }

    [Fact]
    public async Task Put_MissingBucket_IsRefusedForGoodAndNotAnOutage()
    {
        if (!servers.AreAvailable())
            return;
        var options = await OptionsAsync();
        options.Bucket = "nobody-made-it";
        using var bucket = new S3Bucket(options);

        var refusal = await Assert.ThrowsAsync<MeshException>(() => new S3ObjectStore(bucket).PutAsync("local", _bytes, default));

        Assert.Same(ErrorReasons.StoreRefused, refusal.Reason);
        Assert.Contains("nobody-made-it", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Holds_BytesOnTheStore_AreReadBack()
    {
        if (!servers.AreAvailable())
            return;
        using var bucket = new S3Bucket(await OptionsAsync());
        var sha256 = Digests.Sha256Digest.HexOf(_bytes);
        await bucket.PutAsync("a/one", _bytes, default);
        await bucket.PutAsync("a/two", Encoding.UTF8.GetBytes("other text"), default);
        await bucket.PutAsync("b/one", _bytes, default);

        Assert.True(await bucket.HoldsAsync("a/one", _bytes.Length, sha256, default));
        Assert.False(await bucket.HoldsAsync("a/two", _bytes.Length, sha256, default));
        Assert.False(await bucket.HoldsAsync("a/three", _bytes.Length, sha256, default));

        await bucket.DeleteAllAsync("a/", default);

        Assert.False(await bucket.ExistsAsync("a/one", default));
        Assert.False(await bucket.ExistsAsync("a/two", default));
        Assert.True(await bucket.ExistsAsync("b/one", default));
    }

    [Fact]
    public async Task Get_StoreStopped_IsUnavailableAndWorksAgainLater()
    {
        if (!servers.AreAvailable())
            return;
        using var bucket = new S3Bucket(await OptionsAsync());
        var store = new S3ObjectStore(bucket);
        var address = await store.PutAsync("local", _bytes, default);

        await servers.InterruptAsync("s3", async () =>
            Assert.Same(ErrorReasons.PeerUnreachable,
                (await Assert.ThrowsAsync<MeshException>(() => store.GetAsync(address, default))).Reason));

        Assert.Equal(_bytes, await store.GetAsync(address, default));
    }

    private async Task<ObjectStoreOptions> OptionsAsync()
    {
        var settings = (await servers.CreateSettingsAsync()).Where(s => s.StartsWith("--Storage:", StringComparison.Ordinal))
            .Select(s => s["--Storage:".Length..].Split('=', 2)).ToDictionary(s => s[0], s => s[1]);
        return new ObjectStoreOptions
        {
            Kind = ObjectStoreNames.S3,
            Endpoint = settings["Endpoint"],
            Bucket = settings["Bucket"],
            AccessKey = settings["AccessKey"],
            SecretKey = settings["SecretKey"],
        };
    }
}
