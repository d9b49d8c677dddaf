using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using SynCxr.Mesh.Balancer.Tests.Datasets;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Splits;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>Sealed data sets as other people's tools read them.</summary>
public sealed class SealedDatasetReaderTests : IAsyncLifetime
{
    private BalancerTestMesh _mesh = null!;
    private ImageReportDataset _parted = null!, _whole = null!;

    public async ValueTask InitializeAsync()
    {
        _mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        var spec = BalancerTestMesh.CreateSpec(20);
        (spec.ShardSize, spec.Splits) = (5, new SplitSettings { By = SplitRule.Share, Train = 0.6, Valid = 0.2, Test = 0.2 });
        _parted = await SealAsync(spec);
        _whole = await SealAsync(BalancerTestMesh.CreateSpec(6, seed: 8));
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public void DuckDb_EveryParquetAtTheTop_IsTheTableOfPairs()
    {
        Assert.Equal([20L], Query("SELECT count(*) FROM '*.parquet'"));
        Assert.Equal([20L], Query("SELECT count(*) FROM 'extra/run.parquet'"));
        Assert.Equal(["test 4", "train 12", "valid 4"],
            Query("SELECT split || ' ' || count(*) FROM 'metadata.parquet' GROUP BY split ORDER BY split"));
        Assert.Equal([14L], Query(
            "SELECT count(*) FROM (DESCRIBE SELECT * FROM 'metadata.parquet') WHERE starts_with(column_name, 'label_')"));
        Assert.Equal([60L], Query("SELECT sum(len(entities)) FROM 'metadata.parquet'").Select(n => (long)(System.Numerics.BigInteger)n));
    }

    [Fact]
    public void DuckDb_EveryColumn_CanBeNamedWithoutQuotes()
    {
        var names = Query("SELECT column_name FROM (DESCRIBE SELECT * FROM 'metadata.parquet')").Cast<string>().ToList();

        Assert.All(names, name => Query($"SELECT {name} FROM 'metadata.parquet' ORDER BY {name} LIMIT 1"));
    }

    [Fact]
    public void DuckDb_ImageBytesOfAPair_LieWhereTheRowSays()
    {
        var place = Assert.IsType<string>(Assert.Single(Query(
            "SELECT shard || ' ' || image_offset || ' ' || image_size || ' ' || image_sha256 FROM 'metadata.parquet' "
            + "WHERE split = 'valid' LIMIT 1"))).Split(' ');
        using var shard = File.OpenRead(Directory.EnumerateFiles(Path.Combine(_parted.Location, "data"), "*-valid-000000.tar").Single());
        var png = new byte[int.Parse(place[2])];
        shard.Position = long.Parse(place[1]);
        shard.ReadExactly(png);

        Assert.Equal(place[3], Sha256Digest.HexOf(png));
    }

    [Fact]
    public async Task Croissant_RecordsOfTheSet_AreItsOwnPairsWithTheirImages()
    {
        foreach (var dataset in new[] { _whole, _parted })
        {
            var set = await SealedDataset.OpenAsync(dataset.Location, CancellationToken.None);
            var records = new CroissantReader(dataset.Location).ReadPairs();

            Assert.Equal(set.Pairs.Select(p => p.Index), records.Select(r => (long)r["index"]).Order());
            Assert.All(records, r =>
            {
                var pair = set.Pairs[(int)(long)r["index"]];
                Assert.Equal(pair.PixelsSha256, Sha256Digest.HexOf(ImageCodec.Decode((byte[])r["image"], "image").Pixels));
                Assert.Equal((pair.Split, pair.FileName, pair.Impression), (r["split"], r["file_name"], r["impression"]));
                Assert.Equal(pair.Entities, (IEnumerable<string>)r["entities"]);
                Assert.Equal((int)pair.Labels[7], r["label_pneumonia"]);
            });
        }
    }

    [Fact]
    public void Croissant_OneSplit_IsReadFromItsShardsAlone()
    {
        var records = new CroissantReader(_parted.Location).ReadPairs(SplitNames.Valid);

        Assert.Equal(4, records.Count);
        Assert.All(records, r => Assert.Equal(SplitNames.Valid, r["split"]));
    }

    [Fact]
    public void Shards_TwoSetsOfOneMachine_ShareNoName() => Assert.Empty(ShardsOf(_whole).Intersect(ShardsOf(_parted)));

    [Fact]
    public async Task Members_ImpressionAlone_IsTheTextThatImageTextLoadersTake()
    {
        var set = await SealedDataset.OpenAsync(_parted.Location, CancellationToken.None);

        Assert.All(Enumerable.Range(0, set.Shards.Count).SelectMany(set.ReadShard), p =>
        {
            Assert.Equal(p.Record.Impression, System.Text.Encoding.UTF8.GetString(p.Files.Impression));
            Assert.Equal(p.Record.Split, (string?)JsonNode.Parse(p.Files.Json)!["split"]);
        });
    }

    [Fact]
    public async Task Labels_GivenByTheReportServiceOrAskedFor_AreThoseOfTheReport()
    {
        var set = await SealedDataset.OpenAsync(_parted.Location, CancellationToken.None);

        Assert.All(set.Pairs, p =>
        {
            var length = ReportText.Join(p.Findings, p.Impression).Length;
            Assert.Equal(ChexpertLabels.All.Select((_, i) => (LabelValue)((i + length) % 4)), p.Labels);
        });
        Assert.Equal([0, 1], set.Pairs.Select(p => (int)(ulong.Parse(p.ReportSeed) % 2)).Distinct().Order()); // both ways were taken
    }

    [Fact]
    public async Task Create_SharesThatCanNotBeMet_AreRefusedByName()
    {
        foreach (var (splits, field) in new[]
        {
            (new SplitSettings { Train = 0.5, Valid = 0.4 }, "spec.splits"),
            (new SplitSettings { Train = 0.99, Valid = 0.01 }, "spec.splits.valid"),
            (new SplitSettings { Valid = 0.5, Test = 0.5 }, "spec.splits.train"),
            (new SplitSettings { Train = 1.5, Valid = -0.5 }, "spec.splits.train"),
            (new SplitSettings { Train = double.NaN, Valid = 0.5, Test = 0.5 }, "spec.splits.train"),
            (new SplitSettings { Train = 1, By = (SplitRule)9 }, "spec.splits.by"),
        })
        {
            var spec = BalancerTestMesh.CreateSpec(8);
            spec.Splits = splits;
            await RefusedCallAssert.NamesAsync(field, () => _mesh.CreateAsync(spec));
        }
    }

    private async Task<ImageReportDataset> SealAsync(DatasetSpec spec)
    {
        var dataset = await _mesh.WatchAsync((await _mesh.CreateAsync(spec)).Name);
        Assert.True(dataset.State == DatasetState.Sealed, dataset.Failure?.Message);
        return dataset;
    }

    private static IEnumerable<string> ShardsOf(ImageReportDataset dataset) =>
        Directory.EnumerateFiles(Path.Combine(dataset.Location, "data")).Select(f => Path.GetFileName(f)!);

    private List<object> Query(string sql)
    {
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        using var command = duck.CreateCommand();
        command.CommandText = sql.Replace("FROM '", $"FROM '{_parted.Location}/", StringComparison.Ordinal);
        using var reader = command.ExecuteReader();
        var values = new List<object>();
        while (reader.Read())
            values.Add(reader.GetValue(0));
        return values;
    }
}
