using System.Text;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Testkit.Objects;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Objects;

/// <summary>What a store answers, as its callers must act on it.</summary>
public sealed class S3BucketTests : IAsyncLifetime
{
    private static readonly byte[] _bytes = Encoding.UTF8.GetBytes("some bytes");
    private InMemoryS3Server _store = null!;
    private S3Bucket _bucket = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await InMemoryS3Server.StartAsync();
        _bucket = new S3Bucket(new ObjectStoreOptions
        {
            Kind = ObjectStoreNames.S3,
            Endpoint = _store.Endpoint,
            Bucket = "b",
            AccessKey = "a",
            SecretKey = "s",
            RequestLimit = TimeSpan.FromSeconds(1),
        });
    }

    public async ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        await _store.DisposeAsync();
    }

    /// <summary>A 404 says that something is not there; there is nothing that a put could be missing but its place.</summary>
    [Theory]
    [InlineData(404, "NoSuchKey")]
    [InlineData(404, "NoSuchBucket")]
    [InlineData(403, "AccessDenied")]
    public async Task Put_Refused_IsForAPerson(int status, string code)
    {
        _store.Intercept = (http, _) => InMemoryS3Server.RefuseAsync(http, status, code);

        var refusal = await Assert.ThrowsAsync<MeshException>(() => _bucket.PutAsync("k", _bytes, default));

        Assert.Same(ErrorReasons.StoreRefused, refusal.Reason);
        Assert.Contains(code, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_OfNothing_IsNullAndOfAMissingBucketIsForAPerson()
    {
        Assert.Null(await _bucket.GetAsync("k", default));
        Assert.False(await _bucket.ExistsAsync("k", default));

        _store.Intercept = (http, _) => InMemoryS3Server.RefuseAsync(http, 404, "NoSuchBucket");

        var refusal = await Assert.ThrowsAsync<MeshException>(() => _bucket.GetAsync("k", default));
        Assert.Same(ErrorReasons.StoreRefused, refusal.Reason);
    }

    [Fact]
    public async Task Put_AnswerLaterThanTheLimit_IsWaitedForWithMorePatience()
    {
        var tries = 0;
        _store.Intercept = async (http, _) =>
        {
            var late = ++tries == 1 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(1.3);
            await Task.Delay(late, http.RequestAborted);
            return false;
        };

        await _bucket.PutAsync("k", _bytes, default);

        _store.Intercept = null;
        Assert.InRange(tries, 2, 4);
        Assert.Equal(_bytes, await _bucket.GetAsync("k", default));
    }

    [Fact]
    public async Task Get_BodyThatStops_DoesNotHang()
    {
        await _bucket.PutAsync("k", _bytes, default);
        _store.Intercept = async (http, _) =>
        {
            http.Response.ContentLength = _bytes.Length;
            await http.Response.Body.WriteAsync(_bytes.AsMemory(0, 3));
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
            return true;
        };

        var away = await Assert.ThrowsAsync<MeshException>(
            () => _bucket.GetAsync("k", default).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.Same(ErrorReasons.PeerUnreachable, away.Reason);
        Assert.Equal("object store", away.Data["peer"]);
    }

    [Fact]
    public async Task Put_CutInTheMiddle_IsSentAgainWhole()
    {
        var bytes = new byte[3_000_000];
        bytes[^1] = 1;
        var cuts = 0;
        _store.Intercept = async (http, _) => http.Request.Method == "PUT" && cuts++ == 0 && await InMemoryS3Server.CutAsync(http);

        await _bucket.PutAsync("k", bytes, default);

        Assert.Equal(2, _store.Count("PUT", "k"));
        Assert.Equal(bytes, await _bucket.GetAsync("k", default));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("GET")]
    public async Task Call_CutEachTime_IsAnOutageAndNoShorterObject(string method)
    {
        await _bucket.PutAsync("k", _bytes, default);
        _store.Intercept = async (http, _) => http.Request.Method == method && await InMemoryS3Server.CutAsync(http);

        var away = await Assert.ThrowsAsync<MeshException>(async () =>
        {
            await _bucket.PutAsync("k", new byte[3_000_000], default);
            await _bucket.GetAsync("k", default);
        });

        Assert.Same(ErrorReasons.PeerUnreachable, away.Reason);
        _store.Intercept = null;
        Assert.Equal(method == "PUT" ? _bytes.Length : 3_000_000, (await _bucket.GetAsync("k", default))!.Length);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Holds_StoredBytes_AreConfirmedByTheStoreOrReadBack(bool keepsSha256, int reads)
    {
        _store.KeepsSha256 = keepsSha256;
        await _bucket.PutAsync("k", _bytes, default);

        Assert.True(await _bucket.HoldsAsync("k", _bytes.Length, Sha256Digest.HexOf(_bytes), default));

        Assert.Equal(reads, _store.Count("GET", "k"));
        Assert.False(await _bucket.HoldsAsync("k", _bytes.Length, Sha256Digest.HexOf("other text"), default));
        Assert.False(await _bucket.HoldsAsync("k", _bytes.Length + 1, Sha256Digest.HexOf(_bytes), default));
    }

    [Fact]
    public async Task Put_StoreThatDoesNotKnowTheChecksum_IsSentWithout()
    {
        _store.Intercept = async (http, _) => http.Request.Headers.ContainsKey("x-amz-checksum-sha256")
            && await InMemoryS3Server.RefuseAsync(http, StatusCodes.Status501NotImplemented, "NotImplemented");

        await _bucket.PutAsync("k", _bytes, default);

        Assert.Equal(_bytes, await _bucket.GetAsync("k", default));
    }

    [Fact]
    public async Task DeleteAll_Prefix_LeavesTheOthers()
    {
        foreach (var key in new[] { "a/one", "a/b/two", "ab/three" })
            await _bucket.PutAsync(key, _bytes, default);

        await _bucket.DeleteAllAsync("a/", default);

        Assert.Equal(["ab/three"], _store.Keys);
    }
}
