using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Testkit.Bus;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>From spec to sealed folder, over real gRPC peers.</summary>
public sealed class DatasetLifecycleTests
{
    [Fact]
    public async Task CreateDataset_PeersRejectAndRepeat_SealsAllPairsAndFolderVerifies()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { DistinctImages = 60 });

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        Assert.Equal(24, done.Counts.Accepted);
        Assert.Equal(3, done.Counts.ShardsDone);
        Assert.True(done.Counts.Rejected.ContainsKey("question:is_good_quality"));
        Assert.True(done.Counts.Rejected.ContainsKey("near_duplicate"));
        Assert.Equal(done.Counts.Attempts, 24 + done.Counts.Rejected.Values.Sum());
        await AssertLosersHaveTheHigherIndexAsync(mesh);
        var check = await SealedDatasetVerifier.VerifyAsync(done.Location, CancellationToken.None);
        Assert.True(check.IsIntact, string.Join("\n", check.Problems));
        Assert.Equal(done.Root, check.Root);
        var records = (await SealedDataset.OpenAsync(done.Location, CancellationToken.None)).Pairs;
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (long)i), records.Select(r => r.Index));
        Assert.All(records, r => Assert.Equal(1, r.DepictedShare));
        var figures = DatasetManifest.Read(done.Location).Figures;
        Assert.Equal(done.Counts.Attempts, figures["attempts"]!.GetValue<long>());
        Assert.Equal(1, figures["depicted_share"]!.GetValue<double>());
    }

    /// <summary>Of two that look alike the lower index stays, whoever was made first.</summary>
    private static async Task AssertLosersHaveTheHigherIndexAsync(BalancerTestMesh mesh)
    {
        await using var db = mesh.Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext();
        var losers = await db.Rejects.Where(r => r.Step == "duplicate").ToListAsync();
        Assert.NotEmpty(losers);
        Assert.All(losers, r => Assert.InRange(long.Parse(JsonNode.Parse(r.EvidenceJson)!["nearest"]!.GetValue<string>()), 0, r.Index - 1));
    }

    [Fact]
    public async Task CreateDataset_OtherConcurrencyOrderAndFailingPeers_SameRoot()
    {
        var quiet = await RunAsync(new PeerOptions { MaxDelayMs = 0, DistinctImages = 60 }, "--Balancer:Concurrency=1");
        var busy = await RunAsync(new PeerOptions { MaxDelayMs = 15, UnavailableEvery = 4, DistinctImages = 60 },
            "--Balancer:Concurrency=16", "--Mesh:CallAttempts=1");

        Assert.Equal(quiet.Root, busy.Root);
        Assert.Equal(quiet.Counts.Rejected, busy.Counts.Rejected);
        Assert.Equal(Bytes(quiet, "metadata.parquet"), Bytes(busy, "metadata.parquet"));
        Assert.Equal(Bytes(quiet, "extra/rejects.parquet"), Bytes(busy, "extra/rejects.parquet"));
        var shard = Path.GetRelativePath(
            quiet.Location, Directory.GetFiles(Path.Combine(quiet.Location, "data"), "*-000001.tar").Single());
        Assert.Equal(Bytes(quiet, shard), Bytes(busy, shard));
        Assert.Equal(Bytes(quiet, "README.md"), Bytes(busy, "README.md"));
    }

    [Fact]
    public async Task CreateDataset_OtherSeed_OtherRoot()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());

        var a = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name);
        var b = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5, seed: 8))).Name);

        Assert.NotEqual(a.Root, b.Root);
        var diff = DatasetDiff.Compare(await SealedDataset.OpenAsync(a.Location, CancellationToken.None),
            await SealedDataset.OpenAsync(b.Location, CancellationToken.None));
        Assert.Equal("spec.seed", Assert.Single(diff.Spec).Path);
        Assert.Equal(5, diff.Pairs.Count);
    }

    [Fact]
    public async Task Restart_KilledAgainAndAgain_SameRootAsUndisturbed()
    {
        var undisturbed = await RunAsync(new PeerOptions { DistinctImages = 60 });
        var state = BalancerTestMesh.CreateStateFolder();
        string? name = null;
        var done = new ImageReportDataset();
        for (var life = 0; life < 40 && done.State != DatasetState.Sealed; life++)
        {
            // Each life is a little longer, so that lives end at every stage.
            var settings = new PeerOptions { MaxDelayMs = 6, DistinctImages = 60 };
            await using var mesh = await BalancerTestMesh.StartAsync(state, settings);
            name ??= (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;
            var calls = 6 + (life * 5);
            done = await mesh.WatchAsync(name, _ => settings.Calls >= calls);
        }

        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        Assert.Equal(undisturbed.Root, done.Root);
        Assert.Equal(undisturbed.Counts.Rejected, done.Counts.Rejected);
    }

    [Fact]
    public async Task CreateDataset_MessagesLostAndDoubled_SameRoot()
    {
        var whole = await RunAsync(new PeerOptions { DistinctImages = 60 });
        var count = new LossyDelivery();
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { DistinctImages = 60 }, count.AddTo, "--Balancer:OverdueAfter=00:00:00.300");

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.True(count.Count > 24, "the filter saw no messages");
        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        Assert.Equal(whole.Root, done.Root);
    }

    [Fact]
    public async Task CreateDataset_EntityThatNoReportPasses_ItsSetsAreReplacedAlikeInAnyOrder()
    {
        var hopeless = DiffusionPeer.Depicts[3];
        var spec = BalancerTestMesh.CreateSpec(12);
        (spec.MaxAttempts, spec.Draw.UsageCap) = (2, 4);

        var a = await RunAsync(new PeerOptions { UnpassableEntity = hopeless, MaxDelayMs = 0 }, spec, "--Balancer:Concurrency=1");
        var b = await RunAsync(new PeerOptions { UnpassableEntity = hopeless, MaxDelayMs = 9 }, spec);

        Assert.True(a.State == DatasetState.Sealed, a.Failure?.Message);
        Assert.Equal(a.Root, b.Root);
        var records = (await SealedDataset.OpenAsync(a.Location, CancellationToken.None)).Pairs;
        Assert.Contains(records, r => r.SetsReplaced > 0);
        Assert.DoesNotContain(records, r => r.Entities.Contains(hopeless));
        Assert.True(a.Counts.Use.Max <= 4);
    }

    [Fact]
    public async Task CreateDataset_Colour_SealsColourThatVerifies()
    {
        var spec = BalancerTestMesh.CreateSpec();
        spec.Image = new ImageSettings { Channels = ImageChannelNames.Rgb };
        var done = await RunAsync(new PeerOptions(), spec);

        var check = await SealedDatasetVerifier.VerifyAsync(done.Location, CancellationToken.None);
        Assert.True(check.IsIntact, string.Join("\n", check.Problems));
        Assert.Equal("rgb", DatasetManifest.Read(done.Location).Spec.Image.Channels);
        var pairs = (await SealedDataset.OpenAsync(done.Location, CancellationToken.None)).ReadShard(0);
        Assert.All(pairs, pair => Assert.Equal(3, ImageCodec.Decode(pair.Files.Png, "image").Channels));
    }

    [Fact]
    public async Task CreateDataset_SomeImagesNotFinite_CountsThemAsAttempts()
    {
        var done = await RunAsync(new PeerOptions { NotFiniteImageEvery = 3 });

        Assert.InRange(done.Counts.Rejected["not_finite"], 1, 100);
        Assert.Equal(done.Counts.Attempts, 24 + done.Counts.Rejected.Values.Sum());
        Assert.Equal(done.Root, (await RunAsync(new PeerOptions { NotFiniteImageEvery = 3, MaxDelayMs = 9 })).Root);
    }

    [Fact]
    public async Task CreateDataset_NoImageFinite_FailsWithThatReason()
    {
        var spec = BalancerTestMesh.CreateSpec();
        spec.MaxAttempts = 2;

        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { NotFiniteImageEvery = 1, RejectReportEvery = 0 });
        var done = await mesh.WatchAsync((await mesh.CreateAsync(spec)).Name);

        Assert.Equal(DatasetState.Failed, done.State);
        Assert.Equal(ErrorReasons.ModelOutputNotFinite.Name, done.Failure.Reason);
        Assert.Contains("12 because the generator gave NaN or infinity", done.Failure.Message);
    }

    [Fact]
    public async Task CreateDataset_PeerRefusesTheInput_FailsWithItsError()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { ReportFailure = MeshException.Invalid("spec.entities", "I do not like them") });

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.Equal(DatasetState.Failed, done.State);
        Assert.Contains("I do not like them", done.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CancelDataset_CallsUnderWay_StopsThemAndStaysCancelled()
    {
        var state = BalancerTestMesh.CreateStateFolder();
        string name;
        var settings = new PeerOptions { Gate = new TaskCompletionSource() };
        await using (var mesh = await BalancerTestMesh.StartAsync(state, settings))
        {
            name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;
            Assert.True(SpinWait.SpinUntil(() => settings.Calls > 0, TimeSpan.FromSeconds(10)));

            var cancelled = await mesh.Datasets.CancelDatasetAsync(new CancelDatasetRequest { Name = name, RequestId = "c" });
            var again = await mesh.Datasets.CancelDatasetAsync(new CancelDatasetRequest { Name = name, RequestId = "c" });

            Assert.Equal(DatasetState.Cancelled, cancelled.Dataset.State);
            Assert.Equal(DatasetState.Cancelled, again.Dataset.State);
        }

        settings.Gate.SetResult();
        var calls = settings.Calls;
        await using var later = await BalancerTestMesh.StartAsync(state, settings);
        await Task.Delay(300);
        Assert.Equal(DatasetState.Cancelled, (await later.WatchAsync(name)).State);
        Assert.Equal(calls, settings.Calls);
    }

    [Fact]
    public async Task CreateDataset_AcceptAll_RecordsVerdictsAndRejectsNothing()
    {
        var spec = BalancerTestMesh.CreateSpec(12);
        spec.Curation = new CurationSettings { AcceptAll = true };

        var done = await RunAsync(new PeerOptions { RejectReportEvery = 0, RejectImageEvery = 2, DistinctImages = 3 }, spec);

        Assert.Equal(12, done.Counts.Attempts);
        var records = (await SealedDataset.OpenAsync(done.Location, CancellationToken.None)).Pairs;
        Assert.Contains(records, r => r.Verdict.Contains("\"accepted\":false", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CreateDataset_GeneratorWithoutIndex_SaysInVerdictsManifestAndCardThatMemorisationWasNotChecked()
    {
        var done = await RunAsync(new PeerOptions { HasMemorisationIndex = false }, BalancerTestMesh.CreateSpec(12));

        const string Unchecked = "not checked (no index)";
        var records = (await SealedDataset.OpenAsync(done.Location, CancellationToken.None)).Pairs;
        Assert.All(records, r => Assert.Contains($"\"memorisation\":\"{Unchecked}\"", r.Verdict, StringComparison.Ordinal));
        var manifest = await File.ReadAllTextAsync(Path.Combine(done.Location, "manifest.json"));
        Assert.Contains($"\"memorisation\":\"{Unchecked}\"", manifest, StringComparison.Ordinal);
        Assert.Contains(Unchecked, await File.ReadAllTextAsync(Path.Combine(done.Location, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_IndexOfTheGenerator_LeavesMemorisationOutOfSpecAndCard()
    {
        var done = await RunAsync(new PeerOptions(), BalancerTestMesh.CreateSpec(12));

        foreach (var file in new[] { "manifest.json", "README.md", "spec.yaml" })
            Assert.DoesNotContain("emorisation", (await File.ReadAllTextAsync(Path.Combine(done.Location, file))).Split("---\n# ")[^1],
                StringComparison.Ordinal); // the head of the card names every column that there can be
    }

    [Fact]
    public async Task CreateDataset_MemorisationCheckRequiredWithoutIndex_NamesTheFieldAndTheCommand()
    {
        var spec = BalancerTestMesh.CreateSpec(12);
        spec.Curation = new CurationSettings { RequireMemorisationCheck = true };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { HasMemorisationIndex = false });

        var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => mesh.CreateAsync(spec));

        Assert.Contains("spec.curation.require_memorisation_check", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("syncxr model index noise", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_IndexApartFromTheGenerator_IsPartOfTheSpecsDigest()
    {
        var done = await RunAsync(new PeerOptions { IndexDigest = "ab12" }, BalancerTestMesh.CreateSpec(12));
        var other = await RunAsync(new PeerOptions { IndexDigest = "cd34" }, BalancerTestMesh.CreateSpec(12));

        Assert.NotEqual(done.SpecDigest, other.SpecDigest);
        var card = await File.ReadAllTextAsync(Path.Combine(done.Location, "README.md"));
        Assert.Contains("Memorisation: checked (index ab12). The accepted images were held", card, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_GeneratorThatDoesNotSayWhatItRenders_TakesEveryFindingAndSaysSo()
    {
        var spec = BalancerTestMesh.CreateSpec(12);
        spec.Draw.Scope = FindingScope.Unspecified;
        spec.Preset = "demo";

        var done = await RunAsync(new PeerOptions { IsDepictionKnown = false }, spec);

        Assert.Equal(FindingScope.All, done.Spec.Draw.Scope);
        var sealedSet = await SealedDataset.OpenAsync(done.Location, CancellationToken.None);
        Assert.All(sealedSet.Pairs, pair => Assert.Equal(0, pair.DepictedShare));
        var card = await File.ReadAllTextAsync(Path.Combine(done.Location, "README.md"));
        Assert.Contains("What noise can render is not known", card, StringComparison.Ordinal);
        Assert.Contains("Licence of noise: a test's.", card, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateDataset_DepictedScopeOfAGeneratorThatDoesNotSay_NamesTheFieldAndWhatToDo()
    {
        var spec = BalancerTestMesh.CreateSpec(12);
        spec.Draw.Scope = FindingScope.Depicted;
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { IsDepictionKnown = false });

        var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => mesh.CreateAsync(spec));

        Assert.Contains("spec.draw.scope", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("\"all\"", refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static Task<ImageReportDataset> RunAsync(PeerOptions settings, params string[] options) =>
        RunAsync(settings, BalancerTestMesh.CreateSpec(), options);

    private static async Task<ImageReportDataset> RunAsync(PeerOptions settings, DatasetSpec spec, params string[] options)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings, null, options);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(spec)).Name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure} {done.Counts}");
        return done;
    }

    private static byte[] Bytes(ImageReportDataset dataset, string file) => File.ReadAllBytes(Path.Combine(dataset.Location, file));
}
