using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Testkit.Objects;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>Sealing into a store that is slow, away, refuses, or keeps other bytes than it was sent.</summary>
public sealed class SealToStoreTests : IAsyncLifetime
{
    private readonly PeerOptions _settings = new() { RejectImageEvery = 0, RejectReportEvery = 0 };
    private readonly string _state = BalancerTestMesh.CreateStateFolder();
    private InMemoryS3Server _store = null!;

    public async ValueTask InitializeAsync() => _store = await InMemoryS3Server.StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Seal_PutSlowerThanTheRequestLimit_Finishes()
    {
        _store.Intercept = async (http, key) =>
        {
            if (IsPutOf(http, key, "metadata.parquet"))
                await Task.Delay(TimeSpan.FromSeconds(1.5), http.RequestAborted);
            return false;
        };
        await using var mesh = await StartAsync("--Storage:RequestLimit=00:00:01", "--Balancer:SealingLease=00:00:02");

        var done = await mesh.WatchAsync(await CreateAsync(mesh));

        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        await AssertWholeAsync(mesh, done);
    }

    [Fact]
    public async Task Seal_StoreAwayInTheMiddle_GoesOnWhereItWas()
    {
        var isAway = true;
        _store.Intercept = async (http, key) => isAway && IsPutOf(http, key, "extra/rejects.parquet")
            && await DelayAsync(http);
        await using var mesh = await StartAsync();
        var name = await CreateAsync(mesh);

        var waiting = await mesh.WatchAsync(name, d => d.Waiting is not null);

        Assert.Equal((DatasetState.Sealing, "object store", "PEER_UNREACHABLE"),
            (waiting.State, waiting.Waiting?.WaitsFor, waiting.Waiting?.Reason));
        var reads = ReadsOfObjects();
        isAway = false;
        var done = await mesh.WatchAsync(name);
        Assert.Equal(DatasetState.Sealed, done.State);
        Assert.Null(done.Waiting);
        Assert.Equal(reads, ReadsOfObjects());
        Assert.Equal(1, _store.Count("PUT", "/README.md"));
        Assert.Equal(1, _store.Count("PUT", "/metadata.parquet"));
        await AssertWholeAsync(mesh, done);
    }

    [Fact]
    public async Task Seal_StoreAwayWhileImagesAreRead_ReadsNoneTwice()
    {
        var (isSealing, isAway, reads) = (false, true, 0);
        _settings.BeforeDuplicates = () => isSealing = true;
        _store.Intercept = async (http, key) =>
        {
            if (!isSealing || http.Request.Method != "GET" || !key.StartsWith("objects/", StringComparison.Ordinal))
                return false;
            if (isAway && reads == 3)
                return await DelayAsync(http);
            reads++;
            return false;
        };
        await using var mesh = await StartAsync();
        var name = await CreateAsync(mesh);

        await mesh.WatchAsync(name, d => d.Waiting is not null);
        isAway = false;
        var done = await mesh.WatchAsync(name);

        Assert.Equal(DatasetState.Sealed, done.State);
        Assert.Equal(5, reads);
        await AssertWholeAsync(mesh, done);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_state, "datasets")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Seal_StoreKeepsOtherBytes_IsNotSealedBeforeTheRightOnesReadBack(bool isLost)
    {
        var damaged = 0;
        _store.Damage = (key, bytes) =>
        {
            if (!key.EndsWith("/metadata.parquet", StringComparison.Ordinal) || damaged++ > 0)
                return bytes;
            return isLost ? bytes[..^1] : [(byte)(bytes[0] ^ 1), .. bytes[1..]];
        };
        await using var mesh = await StartAsync();

        var done = await mesh.WatchAsync(await CreateAsync(mesh));

        Assert.Equal(DatasetState.Sealed, done.State);
        Assert.Equal(2, damaged);
        await AssertWholeAsync(mesh, done);
    }

    [Fact]
    public async Task Seal_StoreWithAChecksumOfItsOwn_IsNotReadBack()
    {
        _store.KeepsSha256 = true;
        await using var mesh = await StartAsync();

        var done = await mesh.WatchAsync(await CreateAsync(mesh));

        Assert.Equal(DatasetState.Sealed, done.State);
        Assert.Equal((1, 1, 0), (_store.Count("PUT", "/metadata.parquet"), _store.Count("HEAD", "/metadata.parquet"),
            _store.Count("GET", "/metadata.parquet")));
        await AssertWholeAsync(mesh, done);
    }

    /// <summary>Today's code takes a 404 for an object that is not there, also where it answers a put.</summary>
    [Theory]
    [InlineData(404, "NoSuchUpload")]
    [InlineData(403, "AccessDenied")]
    public async Task Seal_PutRefused_PausesAndGoesOn(int status, string code)
    {
        var isRefused = true;
        _store.Intercept = async (http, key) => isRefused && IsPutOf(http, key, "extra/run.parquet")
            && await InMemoryS3Server.RefuseAsync(http, status, code);
        await using var mesh = await StartAsync();
        var name = await CreateAsync(mesh);

        var paused = await mesh.WatchAsync(name);

        Assert.Equal((DatasetState.Paused, "STORE_REFUSED"), (paused.State, paused.Failure?.Reason));
        Assert.Contains(code, paused.Failure!.Message, StringComparison.Ordinal);
        isRefused = false;
        Assert.Equal(DatasetState.Sealing, (await mesh.ResumeAsync(name)).State);
        var done = await mesh.WatchAsync(name);
        Assert.Equal(DatasetState.Sealed, done.State);
        Assert.Equal(1, _store.Count("PUT", "/README.md"));
        await AssertWholeAsync(mesh, done);
    }

    /// <summary>The first put and the first get of every key break off in the middle of their bytes.</summary>
    [Fact]
    public async Task Create_StoreThatCutsPutsAndGets_SealsTheRootOfAnUndisturbedSet()
    {
        string root;
        await using (var whole = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), _settings))
            root = (await whole.WatchAsync(await CreateAsync(whole))).Root;
        var cuts = new ConcurrentDictionary<(string Method, string Key), bool>();
        _store.Intercept = async (http, key) => http.Request.Method is "PUT" or "GET" && key.Length > 0
            && cuts.TryAdd((http.Request.Method, key), true) && await InMemoryS3Server.CutAsync(http);
        await using var mesh = await StartAsync();

        var done = await mesh.WatchAsync(await CreateAsync(mesh));

        Assert.True((done.State, done.Root) == (DatasetState.Sealed, root), $"{done.State} {done.Failure}");
        Assert.Equal(5, done.Counts.Attempts);
        Assert.Contains(cuts.Keys, c => c.Method == "PUT" && IsSealedFile(c.Key));
        Assert.Contains(cuts.Keys, c => c.Method == "GET" && c.Key.StartsWith("objects/", StringComparison.Ordinal));
        await AssertWholeAsync(mesh, done);
    }

    [Fact]
    public async Task Cancel_WhileFilesAreStored_SweepsThem()
    {
        _store.Intercept = async (http, key) => IsPutOf(http, key, "extra/run.parquet")
            && await DelayAsync(http);
        await using var mesh = await StartAsync();
        var name = await CreateAsync(mesh);
        await mesh.WatchAsync(name, d => d.Waiting is not null);
        Assert.Contains(_store.Keys, IsSealedFile);

        await mesh.Datasets.CancelDatasetAsync(new CancelDatasetRequest { Name = name });

        Assert.True(SpinWait.SpinUntil(
            () => !_store.Keys.Any(IsSealedFile) && Directory.GetDirectories(Path.Combine(_state, "datasets")).Length == 0,
            TimeSpan.FromSeconds(20)), string.Join('\n', _store.Keys.Where(IsSealedFile)));
        Assert.Equal(DatasetState.Cancelled, (await mesh.GetAsync(name)).State);
    }

    [Fact]
    public async Task Seal_InAStore_LiesByTenant()
    {
        await using var mesh = await StartAsync();

        var done = await mesh.WatchAsync(await CreateAsync(mesh));

        Assert.Equal($"s3://b/local/{done.Name}", done.Location);
        Assert.Contains($"local/{done.Name}/manifest.json", _store.Keys);
    }

    /// <summary>Something else is being done there, try again later: what no client library tries again by itself.</summary>
    private static Task<bool> DelayAsync(HttpContext http) =>
        InMemoryS3Server.RefuseAsync(http, StatusCodes.Status409Conflict, "OperationAborted");

    private static bool IsPutOf(HttpContext http, string key, string file) =>
        http.Request.Method == "PUT" && key.EndsWith($"/{file}", StringComparison.Ordinal);

    private static bool IsSealedFile(string key) => key.StartsWith("local/datasets/", StringComparison.Ordinal);

    private int ReadsOfObjects() =>
        _store.Requests.Count(r => r.Method == "GET" && r.Key.StartsWith("objects/", StringComparison.Ordinal));

    private Task<BalancerTestMesh> StartAsync(params string[] options) =>
        BalancerTestMesh.StartAsync(_state, _settings, null, [.. _store.Settings, .. options]);

    private static async Task<string> CreateAsync(BalancerTestMesh mesh) => (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;

    private static async Task AssertWholeAsync(BalancerTestMesh mesh, ImageReportDataset done)
    {
        using var scratch = new ScratchFolder();
        var check = await TwoBalancerMesh.ExportAsync(mesh, done.Name, scratch["copy"]);
        Assert.True(check.IsIntact, string.Join('\n', check.Problems));
        Assert.Equal(done.Root, check.Root);
    }
}
