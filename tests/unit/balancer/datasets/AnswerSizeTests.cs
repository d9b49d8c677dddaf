using System.Globalization;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>Every answer is one that a stock client takes: its limit is 4 MiB, and these channels have it.</summary>
public sealed class AnswerSizeTests : IAsyncLifetime
{
    private const int StockLimit = 4 * 1024 * 1024;
    private BalancerTestMesh _mesh = null!;
    private GrpcChannel _stock = null!;

    private V1.BalancerService.BalancerServiceClient Balancer => new(_stock);

    private Dataset.V1.DatasetService.DatasetServiceClient Datasets => new(_stock);

    public async ValueTask InitializeAsync()
    {
        _mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        _stock = GrpcChannel.ForAddress(_mesh.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _stock.Dispose();
        await _mesh.DisposeAsync();
    }

    [Fact]
    public async Task SampleEntitySets_MoreThanOneAnswerTakes_ComesInPages()
    {
        await CreateVocabularyAsync(synonyms: 0);
        var request = new SampleEntitySetsRequest
        {
            Count = 10_000,
            Seed = 3,
            Spec = new SamplingSpec { Vocabulary = "vocabularies/long", FindingsPerSet = 4, AnatomyPerSet = 0, Scope = FindingScope.All },
        };

        var pages = await ReadPagesAsync(async token =>
        {
            request.PageToken = token;
            var page = await Balancer.SampleEntitySetsAsync(request);
            return (page, page.NextPageToken);
        });

        Assert.Equal(Enumerable.Range(0, 10_000), pages.SelectMany(p => p.Sets).Select(s => (int)s.Index));
        Assert.Single(pages.Select(p => p.Use).Distinct());
        request.Seed++;
        request.PageToken = pages[0].NextPageToken;
        await RefusedCallAssert.NamesAsync("page_token", async () => await Balancer.SampleEntitySetsAsync(request));
    }

    [Fact]
    public async Task ListEntities_LargeOnes_EndsItsPagesByBytes()
    {
        await CreateVocabularyAsync(synonyms: 1000);

        var pages = await ReadPagesAsync(async token =>
        {
            var page = await Balancer.ListEntitiesAsync(
                new ListEntitiesRequest { Vocabulary = "vocabularies/long", PageSize = 1000, PageToken = token });
            return (page, page.NextPageToken);
        });

        Assert.Equal(Enumerable.Range(0, 40).Select(MakeId), pages.SelectMany(p => p.Entities).Select(e => e.Id));
    }

    [Fact]
    public async Task ListPairs_LongTexts_EndsItsPagesByBytes()
    {
        var done = await _mesh.WatchAsync((await _mesh.CreateAsync(BalancerTestMesh.CreateSpec(7))).Name);
        await using (var db = _mesh.Services.GetRequiredService<MeshDatabase<BalancerDb>>().CreateContext())
            await db.Pairs.ExecuteUpdateAsync(pair => pair.SetProperty(p => p.Findings, new string('x', 1_200_000)));

        var pages = await ReadPagesAsync(async token =>
        {
            var page = await Datasets.ListPairsAsync(new ListPairsRequest { Parent = done.Name, PageSize = 1000, PageToken = token });
            return (page, page.NextPageToken);
        });

        Assert.Equal(Enumerable.Range(0, 7), pages.SelectMany(p => p.Pairs).Select(p => (int)p.Index));
    }

    [Fact]
    public async Task ListDatasetFiles_SmallPages_GiveEveryFileOnce()
    {
        var done = await _mesh.WatchAsync((await _mesh.CreateAsync(BalancerTestMesh.CreateSpec(12))).Name);
        var all = await Datasets.ListDatasetFilesAsync(new ListDatasetFilesRequest { Name = done.Name });

        var pages = await ReadPagesAsync(async token =>
        {
            var page = await Datasets.ListDatasetFilesAsync(
                new ListDatasetFilesRequest { Name = done.Name, PageSize = 2, PageToken = token });
            return (page, page.NextPageToken);
        });

        Assert.True(all.Files.Count > 4);
        Assert.Equal(all.Files, pages.SelectMany(p => p.Files));
    }

    [Fact]
    public async Task CreateDataset_SpecLargerThanItsLimit_SaysTheLimit()
    {
        var spec = BalancerTestMesh.CreateSpec();
        for (var i = 0; i < 40_000; i++)
        {
            var entity = string.Create(CultureInfo.InvariantCulture, $"disease/of-many-words-{i}");
            spec.Draw.Weights.Add(new EntityWeight { Entity = entity, Weight = 2 });
        }

        var refusal = await RefusedCallAssert.NamesAsync("spec",
            async () => await Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec, ValidateOnly = true }));

        Assert.Contains("1,048,576", refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<List<T>> ReadPagesAsync<T>(Func<string, Task<(T Page, string Next)>> read)
        where T : IMessage
    {
        var pages = new List<T>();
        for (var (token, isFirst) = ("", true); isFirst || token.Length > 0; isFirst = false)
        {
            var (page, next) = await read(token);
            Assert.InRange(page.CalculateSize(), 1, StockLimit);
            pages.Add(page);
            token = next;
        }

        Assert.True(pages.Count > 1, "the answer came in one page");
        return pages;
    }

    private static string MakeId(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"abnormality/{number:00}-{new string('x', 180)}");

    /// <summary>Forty findings with long ids.</summary>
    private async Task CreateVocabularyAsync(int synonyms)
    {
        var request = new CreateVocabularyRequest { VocabularyId = "long" };
        for (var i = 0; i < 40; i++)
        {
            request.Entities.Add(new Entity
            {
                Id = MakeId(i),
                Term = string.Create(CultureInfo.InvariantCulture, $"finding {i}"),
                Type = EntityType.Abnormality,
                Concept = string.Create(CultureInfo.InvariantCulture, $"concept-{i}"),
                Synonyms =
                {
                    Enumerable.Range(0, synonyms).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s} {new string('y', 190)}")),
                },
            });
        }

        await _mesh.Balancer.CreateVocabularyAsync(request);
    }
}
