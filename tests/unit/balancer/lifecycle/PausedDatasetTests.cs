using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Tests.Datasets;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Lifecycle;

/// <summary>
/// A fault that a person must see to pauses a data set; it keeps all it has, and goes on to the root of an undisturbed one.
/// </summary>
public sealed class PausedDatasetTests
{
    private static readonly MeshException _noKey = new(ErrorReasons.StoreRefused, "who are you?");

    [Fact]
    public async Task Resume_PausedInTheMiddle_SealsTheRootOfAnUndisturbedSet()
    {
        var undisturbed = await SealAsync(new PeerOptions { DistinctImages = 60 });
        var (settings, verdicts) = (new PeerOptions { DistinctImages = 60 }, 0);
        settings.BeforeVerdict = _ =>
        {
            if (Interlocked.Increment(ref verdicts) == 10)
                settings.ImageFailure = _noKey;
        };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;

        var paused = await mesh.WatchAsync(name);

        Assert.Equal(DatasetState.Paused, paused.State);
        Assert.Equal("STORE_REFUSED", paused.Failure.Reason);
        Assert.Contains("who are you?", paused.Failure.Message, StringComparison.Ordinal);
        settings.ImageFailure = null;
        await mesh.ResumeAsync(name);
        var done = await mesh.WatchAsync(name);
        Assert.Equal((DatasetState.Sealed, undisturbed.Root), (done.State, done.Root));
        Assert.Null(done.Failure);
        Assert.Equal(undisturbed.Counts.Rejected, done.Counts.Rejected);
    }

    [Theory]
    [InlineData("MODEL_NOT_LOADED")]
    [InlineData("UNIMPLEMENTED")]
    [InlineData("DISK_FULL")]
    [InlineData("STORE_REFUSED")]
    public async Task Create_CauseThatAPersonMustMend_PausesAndPausesAgainWhereItIsNotMended(string reason)
    {
        var cause = new MeshException(ErrorReasons.All.Single(r => r.Name == reason), "not here");
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { ReportFailure = cause });
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;

        Assert.Equal((DatasetState.Paused, reason), StateOf(await mesh.WatchAsync(name)));
        await mesh.ResumeAsync(name);
        Assert.Equal((DatasetState.Paused, reason), StateOf(await mesh.WatchAsync(name)));
    }

    [Fact]
    public async Task Resume_StateAndRequestId_AreHeld()
    {
        var settings = new PeerOptions { ReportFailure = _noKey };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;
        await mesh.WatchAsync(name);
        settings.ReportFailure = null;

        await mesh.ResumeAsync(name, "once");
        await mesh.WatchAsync(name);
        var again = await mesh.ResumeAsync(name, "once");

        Assert.Equal(DatasetState.Sealed, again.State);
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.WrongState, () => mesh.ResumeAsync(name, "twice"));
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.NotFound, () => mesh.ResumeAsync("datasets/nobody-made-it"));
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.RequestIdReused, () => mesh.ResumeAsync("datasets/another", "once"));
    }

    /// <summary>Watchers share one reading; who comes after a resumption must not be told what was read before.</summary>
    [Fact]
    public async Task Watch_JustResumedWhileOthersWatch_IsNotToldThatItIsPaused()
    {
        var settings = new PeerOptions { ReportFailure = _noKey };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;
        await mesh.WatchAsync(name);
        using var other = mesh.Datasets.WatchDataset(new WatchDatasetRequest { Name = name });
        await other.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
        settings.ReportFailure = null;

        await mesh.ResumeAsync(name);
        var first = await mesh.WatchAsync(name, _ => true);

        Assert.NotEqual(DatasetState.Paused, first.State);
        Assert.Equal(DatasetState.Sealed, (await mesh.WatchAsync(name)).State);
    }

    [Fact]
    public async Task Cancel_PausedDataset_EndsIt()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { ReportFailure = _noKey });
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;
        await mesh.WatchAsync(name);

        await mesh.Datasets.CancelDatasetAsync(new CancelDatasetRequest { Name = name });

        Assert.Equal(DatasetState.Cancelled, (await mesh.GetAsync(name)).State);
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.WrongState, () => mesh.ResumeAsync(name));
    }

    /// <summary>Today's code throws in the consumer for ever, and the data set says that it is being assembled.</summary>
    [Theory]
    [InlineData("SpecJson", "{\"pairs\": ")]
    [InlineData("ResolvedJson", "{}")]
    [InlineData("DepictedJson", "no list")]
    public async Task Start_RowWhoseContextCannotBeRead_PausesAndGoesOnOnceItIsMended(string column, string broken)
    {
        var state = BalancerTestMesh.CreateStateFolder();
        var settings = new PeerOptions { Gate = new TaskCompletionSource() };
        string name, whole;
        await using (var mesh = await BalancerTestMesh.StartAsync(state, settings))
        {
            name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;
            whole = await ReplaceAsync(mesh, column, broken);
        }

        settings.Gate.SetResult();
        await using var later = await BalancerTestMesh.StartAsync(state, settings);
        var paused = await later.WatchAsync(name);

        Assert.Equal((DatasetState.Paused, "DATA_CORRUPT"), StateOf(paused));
        Assert.Equal(paused.Failure, (await later.Datasets.ListDatasetsAsync(new ListDatasetsRequest())).Datasets.Single().Failure);
        await ReplaceAsync(later, column, whole);
        await later.ResumeAsync(name);
        Assert.Equal(DatasetState.Sealed, (await later.WatchAsync(name)).State);
    }

    [Fact]
    public async Task Start_VocabularyOfAnotherDigest_Pauses()
    {
        var state = BalancerTestMesh.CreateStateFolder();
        var settings = new PeerOptions { Gate = new TaskCompletionSource() };
        string name;
        await using (var mesh = await BalancerTestMesh.StartAsync(state, settings))
        {
            name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec(5))).Name;
            await using var db = mesh.OpenRows();
            var digest = Vocabulary.EntityVocabulary.Shipped.Digest;
            await db.Datasets.ExecuteUpdateAsync(
                s => s.SetProperty(d => d.ResolvedJson, d => d.ResolvedJson.Replace(digest, new string('0', 64))));
        }

        settings.Gate.SetResult();
        await using var later = await BalancerTestMesh.StartAsync(state, settings);
        var paused = await later.WatchAsync(name);

        Assert.Equal((DatasetState.Paused, "DATA_CORRUPT"), StateOf(paused));
        Assert.Contains("their digests differ", paused.Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONTEXT_EXCEEDED")]
    [InlineData("EMPTY_TEXT")]
    public async Task Create_NoPairGetsAText_PausesAfterFivePairs(string reason)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { ReportFailure = new MeshException(ErrorReasons.All.Single(r => r.Name == reason), "513 of 512 tokens") },
            null, "--Balancer:Concurrency=1");

        var paused = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.Equal((DatasetState.Paused, reason), StateOf(paused));
        Assert.Contains("5 pairs in a row", paused.Failure.Message, StringComparison.Ordinal);
    }

    /// <summary>A server that comes back with another model under the same name is seen, and a person decides.</summary>
    [Theory]
    [InlineData(false, "reports")]
    [InlineData(true, "verdicts")]
    public async Task Create_ModelBehindAServerChanges_PausesUntilAPersonResumes(bool isJudge, string what)
    {
        var (settings, verdicts) = (new PeerOptions(), 0);
        SetModel("llama-8b");
        settings.BeforeVerdict = _ =>
        {
            if (Interlocked.Increment(ref verdicts) == 10)
                SetModel("llama-1b");
        };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;

        var paused = await mesh.WatchAsync(name);

        Assert.Equal((DatasetState.Paused, "MODEL_NOT_LOADED"), StateOf(paused));
        Assert.Contains($"'llama-1b', and its {what} so far are of 'llama-8b'", paused.Failure.Message, StringComparison.Ordinal);
        await mesh.ResumeAsync(name);
        var done = await mesh.WatchAsync(name);
        Assert.Equal(DatasetState.Sealed, done.State);
        var manifest = DatasetManifest.Read(done.Location);
        var served = manifest.Figures["served_models"]!.AsObject();
        Assert.Equal([$"{(isJudge ? "judge" : "report writer")} llama-1b", $"{(isJudge ? "judge" : "report writer")} llama-8b"],
            served.Select(s => s.Key));
        Assert.Equal(done.Spec.Pairs, served.Sum(s => (long)s.Value!));
        Assert.Equal(!isJudge, manifest.Engines.Any(e => e!["prompts"] is not null));
        Assert.Contains("as it names the model itself", await File.ReadAllTextAsync(Path.Combine(done.Location, "README.md"),
            TestContext.Current.CancellationToken), StringComparison.Ordinal);

        void SetModel(string model)
        {
            if (isJudge)
                settings.JudgeServedModel = model;
            else
                settings.ServedModel = model;
        }
    }

    [Fact]
    public async Task Create_SomeTextsRefused_CountsThemAsAttempts()
    {
        var settings = new PeerOptions
        {
            RejectReportEvery = 0,
            ReportFailureOf = seed => (seed % 5) switch
            {
                0 => new MeshException(ErrorReasons.ContentRefused, "not with me"),
                1 => new MeshException(ErrorReasons.ContextExceeded, "513 of 512 tokens"),
                _ => null,
            },
            ReportEndingOf = seed => (seed % 7) switch { 0 => "\0", 1 => new string('x', 9000), _ => "" },
        };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings, null,
            "--Balancer:Concurrency=1");

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        foreach (var reason in new[] { "content_refused", "context_exceeded", "nul_in_text", "oversize_text" })
            Assert.InRange(done.Counts.Rejected[reason], 1, 100);
        Assert.Equal(done.Counts.Attempts, 24 + done.Counts.Rejected.Values.Sum());
    }

    [Fact]
    public async Task Create_DefectThatDoesNotPass_PausesByTheShareOfFailuresInAWindow()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { ReportFailure = new InvalidOperationException("a defect") }, null, "--Balancer:FailureWindow=00:00:01");

        var paused = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);

        Assert.Equal((DatasetState.Paused, "INTERNAL"), StateOf(paused));
        Assert.Contains("tries failed", paused.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_ServiceAway_SaysWhatItWaitsForUntilItIsBack()
    {
        var settings = new PeerOptions { ReportFailure = MeshException.QueueFull("report", TimeSpan.FromMilliseconds(1)) };
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings, null,
            "--Mesh:CallAttempts=1", "--Balancer:FailureWindow=00:00:01");
        var name = (await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name;

        var first = await mesh.WatchAsync(name, d => d.Waiting is not null);
        var later = await mesh.WatchAsync(name, d => d.Waiting?.Tries > first.Waiting.Tries + 24);

        Assert.Equal(("report", "QUEUE_FULL", DatasetState.Assembling), (later.Waiting.WaitsFor, later.Waiting.Reason, later.State));
        Assert.Contains("queue is full", later.Waiting.Message, StringComparison.Ordinal);
        Assert.Equal(first.Waiting.SinceTime, later.Waiting.SinceTime);
        using var judge = new ManualResetEventSlim();
        settings.BeforeVerdict = _ => judge.Wait(TimeSpan.FromSeconds(30));
        settings.ReportFailure = null;
        Assert.Equal(DatasetState.Assembling, (await mesh.WatchAsync(name, d => d.Waiting is null)).State);
        judge.Set();
        Assert.Equal(DatasetState.Sealed, (await mesh.WatchAsync(name)).State);
    }

    private static async Task<string> ReplaceAsync(BalancerTestMesh mesh, string column, string json)
    {
        await using var db = mesh.OpenRows();
        var row = await db.Datasets.SingleAsync();
        var before = (string)typeof(DatasetRow).GetProperty(column)!.GetValue(row)!;
#pragma warning disable EF1002 // the column is the test's own
        await db.Database.ExecuteSqlRawAsync($"UPDATE datasets SET \"{column}\" = {{0}}", json);
#pragma warning restore EF1002
        return before;
    }

    private static (DatasetState, string) StateOf(ImageReportDataset dataset) => (dataset.State, dataset.Failure?.Reason ?? "");

    private static async Task<ImageReportDataset> SealAsync(PeerOptions settings)
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), settings);
        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec())).Name);
        Assert.True(done.State == DatasetState.Sealed, $"{done.State} {done.Failure}");
        return done;
    }
}
