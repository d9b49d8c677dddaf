using Google.Rpc;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Datasets;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sampling;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Testkit.Calls;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>Bad input, request ids, pages and vocabularies, over gRPC.</summary>
public sealed class DatasetRequestTests : IAsyncLifetime
{
    private BalancerTestMesh _mesh = null!;

    public async ValueTask InitializeAsync() =>
        _mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task CreateDataset_BadField_NamesIt()
    {
        (string Field, Action<DatasetSpec> Break)[] cases =
        [
            ("spec.pairs", s => s.Pairs = 0),
            ("spec.pairs", s => s.Pairs = 1_000_001),
            ("spec.draw.findings_per_set", s => s.Draw.FindingsPerSet = 0),
            ("spec.draw.findings_per_set", s => s.Draw.FindingsPerSet = 32),
            ("spec.draw.anatomy_per_set", s => s.Draw.AnatomyPerSet = 33),
            ("spec.draw.usage_cap", s => s.Draw.UsageCap = 0),
            ("spec.draw.usage_cap", s => s.Draw.UsageCap = 1),
            ("spec.draw.usage_ratio", s => s.Draw.UsageRatio = double.NaN),
            ("spec.draw.usage_ratio", s => s.Draw.UsageRatio = 0),
            ("spec.draw.sampling", s => s.Draw.Sampling = (SamplingMode)9),
            ("spec.draw.vocabulary", s => s.Draw.Vocabulary = "vocabularies/../x"),
            ("spec.draw.weights[0].entity", s => s.Draw.Weights.Add(new EntityWeight { Entity = "abnormality/none", Weight = 2 })),
            ("spec.draw.weights[0].weight", s => s.Draw.Weights.Add(new EntityWeight { Entity = "abnormality/pleural-effusion" })),
            ("spec.draw.weights[0].weight",
                s => s.Draw.Weights.Add(new EntityWeight { Entity = "abnormality/pleural-effusion", Weight = double.NaN })),
            ("spec.draw.weights[1].entity",
                s => s.Draw.Weights.Add([new EntityWeight { Entity = "abnormality/pleural-effusion", Weight = 2 },
                    new EntityWeight { Entity = "abnormality/pleural-effusion", Weight = 3 }])),
            ("spec.image.guidance", s => s.Image = new ImageSettings { Guidance = double.NaN }),
            ("spec.image.steps", s => s.Image = new ImageSettings { Steps = 0 }),
            ("spec.image.steps", s => s.Image = new ImageSettings { Steps = 1_000_000 }),
            ("spec.image.width", s => s.Image = new ImageSettings { Width = 63, Height = 4096 }),
            ("spec.image.width", s => s.Image = new ImageSettings { Width = 512, Height = 512 }),
            ("spec.image.width", s => s.Image = new ImageSettings { Width = 12 }),
            ("spec.image.height", s => s.Image = new ImageSettings { Width = 32, Height = 32 }),
            ("spec.image.native_size", s => s.Image = new ImageSettings { NativeSize = 512 }),
            ("spec.image.steps", s => s.Image = new ImageSettings { Steps = 501 }),
            ("spec.image.model", s => s.Image = new ImageSettings { Model = "../x" }),
            ("spec.image.scheduler", s => s.Image = new ImageSettings { Scheduler = "x" }),
            ("spec.image.scheduler", s => s.Image = new ImageSettings { Scheduler = "DDPMScheduler" }),
            ("spec.image.sampling.eta", s => s.Image = new ImageSettings
                { Scheduler = "EulerDiscreteScheduler", Sampling = new SamplingSettings { Eta = 0.5 } }),
            ("spec.image.prompt_overflow", s => s.Image = new ImageSettings { PromptOverflow = (PromptOverflow)3 }),
            ("spec.image.prompt_overflow", s => s.Image = new ImageSettings { PromptOverflow = PromptOverflow.Chunk, Width = 24 }),
            ("spec.image.channels", s => s.Image = new ImageSettings { Channels = "sepia" }),
            ("spec.report.max_attempts", s => s.Report = new ReportSettings { MaxAttempts = 21 }),
            ("spec.curation.model", s => s.Curation = new CurationSettings { Model = "x" }),
            ("spec.max_attempts", s => s.MaxAttempts = 51),
            ("spec.shard_size", s => s.ShardSize = 0),
            ("spec.preset", s => s.Preset = "x"),
            ("spec.title", s => s.Title = new string('x', 201)),
        ];
        foreach (var (field, breakIt) in cases)
        {
            var spec = BalancerTestMesh.CreateSpec(100);
            breakIt(spec);
            await RefusedCallAssert.NamesAsync(field, () => _mesh.CreateAsync(spec));
        }

        await RefusedCallAssert.NamesAsync("spec", async () => await _mesh.Datasets.CreateDatasetAsync(new CreateDatasetRequest()));
        await RefusedCallAssert.NamesAsync("request_id",
            async () => await _mesh.Datasets.CreateDatasetAsync(
                new CreateDatasetRequest { Spec = BalancerTestMesh.CreateSpec(), RequestId = new string('x', 129) }));
        foreach (var name in new[] { "datasets/../x", "datasets/", "x", "datasets/A" })
            await RefusedCallAssert.NamesAsync("name",
                async () => await _mesh.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = name }));
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.NotFound,
            async () => await _mesh.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = "datasets/none" }));
        var other = BalancerTestMesh.CreateSpec();
        other.Draw.Vocabulary = "vocabularies/none";
        var unknown = await RefusedCallAssert.HasReasonAsync(ErrorReasons.NotFound, () => _mesh.CreateAsync(other));
        Assert.Equal("spec.draw.vocabulary", unknown.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Single().Field);
        Assert.Empty((await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest())).Datasets);
    }

    [Fact]
    public async Task CreateDataset_PeerThatIsNotThere_IsUnavailableAndNamesPeerAddressAndSetting()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var nobody = $"http://127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}/";
        listener.Stop();
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions(), null,
            $"--Peers:curation={nobody}", "--Mesh:CallAttempts=1");

        var error = await Assert.ThrowsAsync<RpcException>(() => mesh.CreateAsync(BalancerTestMesh.CreateSpec()));

        var info = error.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!;
        Assert.Equal((StatusCode.Unavailable, ErrorReasons.PeerUnreachable.Name), (error.StatusCode, info.Reason));
        Assert.Equal(("curation", nobody, "Peers:curation"), (info.Metadata["peer"], info.Metadata["address"], info.Metadata["setting"]));
        Assert.All(info.Metadata.Values, value => Assert.Contains(value, error.Status.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CreateDataset_TooManyPairs_SaysTheMost()
    {
        var error = await RefusedCallAssert.NamesAsync("spec.pairs", () => _mesh.CreateAsync(BalancerTestMesh.CreateSpec(2_000_000)));

        Assert.Contains("1 to 1000000", error.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>At the largest N the cap is met: by the findings where they run out, by the places where those do.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task CreateDataset_CapTooSmall_NamesTheLargestNAndThatOneMeetsTheCap(int places)
    {
        const int Cap = 3;
        var spec = BalancerTestMesh.CreateSpec(100_000);
        (spec.Draw.UsageCap, spec.Draw.Scope, spec.Draw.AnatomyPerSet) = (Cap, FindingScope.All, places);

        var error = await RefusedCallAssert.NamesAsync("spec.draw.usage_cap", () => _mesh.CreateAsync(spec));
        spec.Pairs = long.Parse(error.Status.Detail.Split(' ')[^1]);
        var checkedOnly = (await _mesh.Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec, ValidateOnly = true })).Dataset;
        var planned = await _mesh.Services.GetRequiredService<SpecResolver>().ResolveAsync(spec, "local", new TestServerCall());
        var figures = EntityUseStatistics.FromCounts(planned.Dataset.Sampling, planned.Plan.CountUses());

        Assert.Equal("", checkedOnly.Name);
        Assert.Equal(DatasetMapping.ToProto(figures, planned.Plan.IncompatibleSamples), checkedOnly.Counts.Use);
        var scarce = places == 0 ? figures.Findings : figures.Anatomy;
        Assert.Equal((Cap, Cap), (scarce.Median, scarce.Max));
        Assert.Equal(Cap, figures.All.Max);
        Assert.Empty((await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest())).Datasets);
        spec.Pairs++;
        await RefusedCallAssert.NamesAsync("spec.draw.usage_cap", () => _mesh.CreateAsync(spec));
    }

    [Fact]
    public async Task CreateDataset_SameRequestId_SameDatasetAndOtherBodyIsRefused()
    {
        var request = new CreateDatasetRequest { Spec = BalancerTestMesh.CreateSpec(3), RequestId = "r-1" };

        var first = (await _mesh.Datasets.CreateDatasetAsync(request)).Dataset;
        var second = (await _mesh.Datasets.CreateDatasetAsync(request)).Dataset;

        Assert.Equal(first.Name, second.Name);
        request.Spec.Seed++;
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.RequestIdReused, async () => await _mesh.Datasets.CreateDatasetAsync(request));
        Assert.Single((await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest())).Datasets);
    }

    [Fact]
    public async Task CreateDataset_DefaultsSpelledOut_SameDigest()
    {
        var first = (await _mesh.Datasets.CreateDatasetAsync(
            new CreateDatasetRequest { Spec = new DatasetSpec { Pairs = 9 }, ValidateOnly = true })).Dataset;
        var spelled = first.Spec.Clone();
        (spelled.Preset, spelled.Title) = ("paper", "other words");

        var second = (await _mesh.Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spelled, ValidateOnly = true })).Dataset;

        Assert.Equal((3, 2, "vocabularies/chest-xray"),
            (first.Spec.Draw.FindingsPerSet, first.Spec.Draw.AnatomyPerSet, first.Spec.Draw.Vocabulary));
        Assert.Equal((16, 3.5, "noise"), (first.Spec.Image.Width, first.Spec.Image.Guidance, first.Spec.Image.Model));
        Assert.Equal(first.SpecDigest, second.SpecDigest);
    }

    [Fact]
    public async Task CreateDataset_SamplingOfTheSchedulersOwn_IsPartOfTheDigestAndGivesTheSteps()
    {
        async Task<ImageReportDataset> CheckAsync(ImageSettings image) => (await _mesh.Datasets.CreateDatasetAsync(
            new CreateDatasetRequest { Spec = new DatasetSpec { Pairs = 9, Image = image }, ValidateOnly = true })).Dataset;

        var plain = await CheckAsync(new ImageSettings { Scheduler = "DDIMScheduler" });
        var nothingSet = await CheckAsync(new ImageSettings { Scheduler = "DDIMScheduler", Sampling = new SamplingSettings() });
        var noisy = await CheckAsync(new ImageSettings { Scheduler = "DDIMScheduler", Sampling = new SamplingSettings { Eta = 0.5 } });
        var timed = await CheckAsync(new ImageSettings
        {
            Scheduler = "EulerDiscreteScheduler",
            Sampling = new SamplingSettings { Timesteps = { 900, 500.5, 1 } },
        });

        Assert.Equal(plain.SpecDigest, nothingSet.SpecDigest);
        Assert.Null(nothingSet.Spec.Image.Sampling);
        Assert.NotEqual(plain.SpecDigest, noisy.SpecDigest);
        Assert.Equal((20, 3), (plain.Spec.Image.Steps, timed.Spec.Image.Steps));
        Assert.Equal(timed.SpecDigest, (await CheckAsync(timed.Spec.Image)).SpecDigest);
    }

    [Fact]
    public async Task CreateDataset_WeightsThatDiffer_DigestsDiffer()
    {
        async Task<string> DigestAsync(double? weight)
        {
            var spec = BalancerTestMesh.CreateSpec(9);
            if (weight is { } given)
                spec.Draw.Weights.Add(new EntityWeight { Entity = DiffusionPeer.Depicts[0], Weight = given });
            var request = new CreateDatasetRequest { Spec = spec, ValidateOnly = true };
            return (await _mesh.Datasets.CreateDatasetAsync(request)).Dataset.SpecDigest;
        }

        string[] digests = [await DigestAsync(null), await DigestAsync(2), await DigestAsync(3)];

        Assert.Equal(3, digests.Distinct().Count());
    }

    [Fact]
    public async Task CreateDataset_PromptOverflow_IsInTheDigestWhereItIsNotTheDefault()
    {
        var digests = new List<string>();
        foreach (var overflow in new PromptOverflow?[] { null, PromptOverflow.Unspecified, PromptOverflow.Truncate, PromptOverflow.Chunk })
        {
            var spec = new DatasetSpec { Pairs = 9, Image = new ImageSettings() };
            if (overflow is { } given)
                spec.Image.PromptOverflow = given;
            var dataset = (await _mesh.Datasets.CreateDatasetAsync(
                new CreateDatasetRequest { Spec = spec, ValidateOnly = true })).Dataset;
            Assert.Equal(overflow == PromptOverflow.Chunk, dataset.Spec.Image.HasPromptOverflow);
            digests.Add(dataset.SpecDigest);
        }

        Assert.Equal([digests[0], digests[0], digests[0]], digests[..3]);
        Assert.NotEqual(digests[0], digests[3]);
    }

    [Fact]
    public async Task CreateDataset_Channels_AreInTheDigestWhereTheyAreNotTheDefault()
    {
        var digests = new List<string>();
        foreach (var channels in new[] { "", "gray", "rgb" })
        {
            var spec = new DatasetSpec { Pairs = 9, Image = new ImageSettings { Channels = channels } };
            digests.Add((await _mesh.Datasets.CreateDatasetAsync(
                new CreateDatasetRequest { Spec = spec, ValidateOnly = true })).Dataset.SpecDigest);
        }

        Assert.Equal(digests[0], digests[1]);
        Assert.NotEqual(digests[0], digests[2]);
    }

    [Fact]
    public async Task Lists_Pages_ComeWholeAndForeignTokensAreRefused()
    {
        for (var i = 0; i < 5; i++)
            await _mesh.CreateAsync(BalancerTestMesh.CreateSpec(1, seed: (ulong)i));
        var names = new List<string>();
        var token = "";
        do
        {
            var page = await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest { PageSize = 2, PageToken = token });
            names.AddRange(page.Datasets.Select(d => d.Name));
            token = page.NextPageToken.Length > 0 ? page.NextPageToken : "";
            if (names.Count == 2)
            {
                var changed = (token[0] == 'A' ? 'B' : 'A') + token[1..];
                await RefusedCallAssert.NamesAsync("page_token",
                    async () => await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest { PageToken = changed }));
                await RefusedCallAssert.NamesAsync("page_token",
                    async () => await _mesh.Balancer.ListVocabulariesAsync(new ListVocabulariesRequest { PageToken = token }));
                await RefusedCallAssert.NamesAsync("page_token", async () =>
                    await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest { PageToken = token },
                        new Metadata { { RequestContext.TenantHeader, "other" } }));
            }
        }
        while (token.Length > 0);

        Assert.Equal(5, names.Distinct().Count());
        await RefusedCallAssert.NamesAsync("page_size",
            async () => await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest { PageSize = -1 }));
        await RefusedCallAssert.NamesAsync("page_size",
            async () => await _mesh.Balancer.ListEntitiesAsync(
                new ListEntitiesRequest { Vocabulary = "vocabularies/chest-xray", PageSize = -1 }));
        await RefusedCallAssert.NamesAsync("page_token",
            async () => await _mesh.Datasets.ListPairsAsync(new ListPairsRequest { Parent = names[0], PageToken = "AAAA" }));
        Assert.Empty(
            (await _mesh.Datasets.ListDatasetsAsync(new ListDatasetsRequest(),
                new Metadata { { RequestContext.TenantHeader, "other" } })).Datasets);
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.NotFound, async () =>
            await _mesh.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = names[0] },
                new Metadata { { RequestContext.TenantHeader, "other" } }));
    }

    [Fact]
    public async Task ListPairs_WhileAndAfter_GivesEachIndexOnce()
    {
        var done = await _mesh.WatchAsync((await _mesh.CreateAsync(BalancerTestMesh.CreateSpec(7))).Name);

        var first = await _mesh.Datasets.ListPairsAsync(new ListPairsRequest { Parent = done.Name, PageSize = 4 });
        var second = await _mesh.Datasets.ListPairsAsync(
            new ListPairsRequest { Parent = done.Name, PageSize = 4, PageToken = first.NextPageToken });

        Assert.Equal(Enumerable.Range(0, 7).Select(i => (long)i), first.Pairs.Concat(second.Pairs).Select(p => p.Index));
        Assert.All(second.Pairs, p => Assert.Equal(PairState.Accepted, p.State));
        Assert.Equal("", second.NextPageToken);
    }

    [Fact]
    public async Task Vocabulary_OfATenant_IsListedDrawnFromAndSentAsGlossary()
    {
        var request = new CreateVocabularyRequest { VocabularyId = "mine", RequestId = "v" };
        for (var i = 0; i < 6; i++)
            request.Entities.Add(new Resource.V1.Entity
            {
                Id = $"abnormality/zebra-{i}",
                Term = $"zebra opacity {i}",
                Type = EntityType.Abnormality,
                Concept = $"zebra-{i}",
                Group = "lung",
            });
        request.Entities.Add(new Resource.V1.Entity
        {
            Id = "anatomy/here",
            Term = "here",
            Type = EntityType.Anatomy,
            Concept = "here",
            Group = "lung",
        });

        var created = (await _mesh.Balancer.CreateVocabularyAsync(request)).Vocabulary;
        var again = (await _mesh.Balancer.CreateVocabularyAsync(request)).Vocabulary;
        var listed = (await _mesh.Balancer.ListVocabulariesAsync(new ListVocabulariesRequest())).Vocabularies;
        var spec = BalancerTestMesh.CreateSpec(6);
        (spec.Draw.Vocabulary, spec.Draw.Scope) = (created.Name, FindingScope.All);
        var done = await _mesh.WatchAsync((await _mesh.CreateAsync(spec)).Name);

        Assert.Equal(created, again);
        Assert.Equal(["vocabularies/chest-xray", "vocabularies/mine"], listed.Select(v => v.Name));
        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        Assert.Contains("zebra opacity",
            (await _mesh.Datasets.ListPairsAsync(new ListPairsRequest { Parent = done.Name })).Pairs[0].Findings, StringComparison.Ordinal);
        spec.Draw.Scope = FindingScope.Depicted;
        await RefusedCallAssert.NamesAsync("spec.draw.scope", () => _mesh.CreateAsync(spec));
        request.RequestId = "w";
        request.Entities[0].Term = "other";
        await RefusedCallAssert.NamesAsync("vocabulary_id", async () => await _mesh.Balancer.CreateVocabularyAsync(request));
        request.RequestId = "v";
        await RefusedCallAssert.HasReasonAsync(ErrorReasons.RequestIdReused,
            async () => await _mesh.Balancer.CreateVocabularyAsync(request));
        request.Entities[3].Id = request.Entities[2].Id;
        await RefusedCallAssert.NamesAsync("entities[3].id", async () => await _mesh.Balancer.CreateVocabularyAsync(request));
    }

    [Fact]
    public async Task ListEntities_DepictedBy_GivesWhatTheGeneratorNames()
    {
        var request = new ListEntitiesRequest { Vocabulary = "vocabularies/chest-xray", DepictedBy = "noise", PageSize = 20 };
        var first = await _mesh.Balancer.ListEntitiesAsync(request);
        request.PageToken = first.NextPageToken;
        var second = await _mesh.Balancer.ListEntitiesAsync(request);

        Assert.Equal(DiffusionPeer.Depicts, first.Entities.Concat(second.Entities).Select(e => e.Id));
        Assert.All(second.Entities, e => Assert.Equal(["noise"], e.DepictedBy));
        await RefusedCallAssert.NamesAsync("depicted_by",
            async () => await _mesh.Balancer.ListEntitiesAsync(
                new ListEntitiesRequest { Vocabulary = request.Vocabulary, DepictedBy = "x" }));
    }

    [Fact]
    public async Task SampleEntitySets_SameSeed_SameSets()
    {
        var request = new SampleEntitySetsRequest { Count = 50, Seed = 3 };

        var (a, b) = (await _mesh.Balancer.SampleEntitySetsAsync(request), await _mesh.Balancer.SampleEntitySetsAsync(request));

        Assert.Equal(a, b);
        Assert.All(a.Sets, s => Assert.Equal(5, s.Entities.Count));
        foreach (var count in new[] { 0, -1, 10_001 })
            await RefusedCallAssert.NamesAsync("count",
                async () => await _mesh.Balancer.SampleEntitySetsAsync(new SampleEntitySetsRequest { Count = count }));
    }

    [Fact]
    public async Task Model_AgainstTheMigrations_HasNoPendingChanges()
    {
        await using var db = _mesh.Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext();

        Assert.False(db.Database.HasPendingModelChanges());
        Assert.Empty(await db.Database.GetPendingMigrationsAsync());
        Assert.Equal("wal", (await db.Database.SqlQueryRaw<string>("PRAGMA journal_mode").ToListAsync()).Single());
        Assert.Equal(2, (await db.Database.SqlQueryRaw<int>("PRAGMA synchronous").ToListAsync()).Single());
    }

    [Fact]
    public void Model_AgainstTheMigrationsForPostgres_HasNoPendingChanges()
    {
        using var db = BalancerDb.Open(new BalancerOptions
        {
            Database = DatabaseNames.Postgres,
            ConnectionString = "Host=nowhere;Database=none",
        }, TimeProvider.System).CreateContext();

        Assert.False(db.Database.HasPendingModelChanges());
        Assert.NotEmpty(db.Database.GetMigrations());
    }

    [Theory]
    [InlineData("oracle", "", "Balancer:Database is 'oracle'")]
    [InlineData("postgres", "", "must name a Host and a Database")]
    [InlineData("postgres", "Host=db;Secret=s3cret", "can't be read as an Npgsql connection string")]
    [InlineData("sqlite", "Host=db;Database=x", "Balancer:ConnectionString is given")]
    public void Validate_DatabaseAndConnectionThatDoNotGoTogether_NamesTheSetting(string database, string connection, string problem)
    {
        var result = new DatabaseOptionsRules<BalancerOptions>(BalancerOptions.Section).Validate(null,
            new BalancerOptions { Database = database, ConnectionString = connection });

        Assert.Contains(problem, result.FailureMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", result.FailureMessage, StringComparison.Ordinal);
    }
}
