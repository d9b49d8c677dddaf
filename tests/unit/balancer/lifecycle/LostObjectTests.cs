using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Lifecycle;

/// <summary>What is gone from the object store, or damaged there, is made again from its seed, and the data set stays the same.</summary>
public sealed class LostObjectTests
{
    [Fact]
    public async Task Assess_ImagesGoneOrDamaged_AreRenderedAgainAndRecorded()
    {
        var undisturbed = await SealAsync(new PeerOptions());
        var state = BalancerTestMesh.CreateStateFolder();
        var seen = new ConcurrentDictionary<string, int>();
        var settings = new PeerOptions
        {
            BeforeVerdict = sha256 =>
            {
                if (seen.TryAdd(sha256, 0) && seen.Count % 3 > 0)
                    Damage(PathOf(state, sha256), isGone: seen.Count % 3 == 1);
            },
        };
        await using var mesh = await BalancerTestMesh.StartAsync(state, settings);

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.Equal((DatasetState.Sealed, undisturbed.Root), (done.State, done.Root));
        Assert.Equal(undisturbed.Counts.Rejected, done.Counts.Rejected);
        Assert.InRange(done.Counts.RenderedAgain, 12, seen.Count);
        Assert.Equal(0, undisturbed.Counts.RenderedAgain);
    }

    [Fact]
    public async Task Assess_ImageThatIsLostEachTime_PausesAndDoesNotRenderForEver()
    {
        var state = BalancerTestMesh.CreateStateFolder();
        await using var mesh = await BalancerTestMesh.StartAsync(state,
            new PeerOptions { BeforeVerdict = sha256 => File.Delete(PathOf(state, sha256)) });

        var paused = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name);

        Assert.Equal((DatasetState.Paused, "NOT_FOUND"), (paused.State, paused.Failure.Reason));
        Assert.Contains("3 times in a row", paused.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seal_ImagesGoneOrDamaged_AreRenderedAgainAndTheFolderIsWhole()
    {
        var undisturbed = await SealAsync(new PeerOptions(), 5);
        var state = BalancerTestMesh.CreateStateFolder();
        await using var mesh = await BalancerTestMesh.StartAsync(state, new PeerOptions { BeforeDuplicates = () => DamageImages(state) });

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name);

        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        Assert.Equal((undisturbed.Root, 5), (done.Root, done.Counts.RenderedAgain));
        Assert.True((await SealedDatasetVerifier.VerifyAsync(done.Location, CancellationToken.None)).IsIntact);
    }

    [Fact]
    public async Task Seal_LostImageThatComesOutOtherwise_PausesInSealingAndGoesOnWithTheRightOne()
    {
        var undisturbed = await SealAsync(new PeerOptions(), 5);
        var state = BalancerTestMesh.CreateStateFolder();
        var settings = new PeerOptions();
        settings.BeforeDuplicates = () =>
        {
            DamageImages(state);
            settings.ImageSalt = 1;
        };
        await using var mesh = await BalancerTestMesh.StartAsync(state, settings);
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;

        var paused = await mesh.WatchAsync(name);

        Assert.Equal((DatasetState.Paused, "DATA_CORRUPT"), (paused.State, paused.Failure.Reason));
        Assert.Contains("gives other pixels", paused.Failure.Message, StringComparison.Ordinal);
        settings.ImageSalt = 0;
        Assert.Equal(DatasetState.Sealing, (await mesh.ResumeAsync(name)).State);
        Assert.Equal(undisturbed.Root, (await mesh.WatchAsync(name)).Root);
    }

    [Fact]
    public async Task Deduplicate_FeaturesOfEarlierShardsLost_AreStoredAgainFromTheRows()
    {
        var undisturbed = await SealAsync(new PeerOptions { DistinctImages = 60 });
        var state = BalancerTestMesh.CreateStateFolder();
        var lost = 0;
        BalancerTestMesh? mesh = null;
        var settings = new PeerOptions
        {
            DistinctImages = 60,
            BeforeDuplicates = () =>
            {
                using var db = mesh!.OpenRows();
                foreach (var sha256 in db.Shards.Where(s => s.Done).Select(s => s.EmbeddingsSha256).ToList())
                    lost += lost < 2 && Damage(PathOf(state, sha256), isGone: true) ? 1 : 0;
            },
        };
        await using var started = mesh = await BalancerTestMesh.StartAsync(state, settings);

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        Assert.Equal(2, lost);
        Assert.Equal(undisturbed.Root, done.Root);
        await using var rows = mesh.OpenRows();
        Assert.All(await rows.Shards.ToListAsync(TestContext.Current.CancellationToken), s => Assert.Equal(0, s.Tries));
    }

    private static string PathOf(string state, string sha256) => Path.Combine(state, "objects", "local", sha256);

    /// <summary>Every image that is stored: half of them go, half change.</summary>
    private static void DamageImages(string state)
    {
        foreach (var (number, path) in Directory.GetFiles(Path.Combine(state, "objects", "local")).Order().Index())
            Damage(path, isGone: number % 2 == 0);
    }

    private static bool Damage(string path, bool isGone)
    {
        if (!File.Exists(path))
            return false;
        if (isGone)
            File.Delete(path);
        else
            File.WriteAllText(path, "damaged");
        return true;
    }

    private static async Task<ImageReportDataset> SealAsync(PeerOptions settings, long pairs = 24)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec(pairs))).Name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure}");
        return done;
    }
}
