using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Balancer.Tests.Datasets;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;
using YamlDotNet.RepresentationModel;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>One sealed data set, looked at from every side.</summary>
public sealed class SealedDatasetFolderTests : IAsyncLifetime
{
    private BalancerTestMesh _mesh = null!;
    private ImageReportDataset _dataset = null!;

    public async ValueTask InitializeAsync()
    {
        _mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        var spec = BalancerTestMesh.CreateSpec(8);
        (spec.ShardSize, spec.Title) = (5, "A \"title\": with # marks");
        _dataset = await _mesh.WatchAsync((await _mesh.CreateAsync(spec)).Name);
        Assert.True(_dataset.State == DatasetState.Sealed, _dataset.Failure?.Message);
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Verify_EmptyFolderAdded_NamesIt()
    {
        var added = Directory.CreateDirectory(Path.Combine(_dataset.Location, "data", "more"));

        var check = await SealedDatasetVerifier.VerifyAsync(_dataset.Location, CancellationToken.None);

        added.Delete();
        Assert.Equal("data/more/", Assert.Single(check.Problems).Path);
    }

    [Fact]
    public async Task Verify_NoManifest_NamesItOnce()
    {
        var check = await SealedDatasetVerifier.VerifyAsync(Path.GetTempPath(), CancellationToken.None);

        var problem = Assert.Single(check.Problems);
        Assert.Equal("manifest.json", problem.Path);
        Assert.DoesNotContain("manifest.json", problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_OneByteOfAnyFileFlipped_NamesTheFile()
    {
        var files = DatasetManifest.Read(_dataset.Location).FilesWithManifest().Select(f => f.Path).ToList();
        Assert.Equal(11, files.Count);
        foreach (var file in files)
        {
            var path = Path.Combine(_dataset.Location, file);
            var bytes = await File.ReadAllBytesAsync(path);
            foreach (var at in new[] { 0, bytes.Length / 3, bytes.Length / 2, bytes.Length - 1 })
            {
                bytes[at] ^= 1;
                await File.WriteAllBytesAsync(path, bytes);
                var check = await SealedDatasetVerifier.VerifyAsync(_dataset.Location, CancellationToken.None);
                Assert.Equal(file, Assert.Single(check.Problems).Path);
                bytes[at] ^= 1;
            }

            await File.WriteAllBytesAsync(path, bytes);
        }

        Assert.True((await SealedDatasetVerifier.VerifyAsync(_dataset.Location, CancellationToken.None)).IsIntact);
    }

    [Fact]
    public async Task Verify_FileMissingOrAdded_NamesIt()
    {
        File.Move(Path.Combine(_dataset.Location, "extra", "rejects.parquet"), Path.Combine(_dataset.Location, "data", "more.parquet"));

        var check = await SealedDatasetVerifier.VerifyAsync(_dataset.Location, CancellationToken.None);

        Assert.Equal(["extra/rejects.parquet", "data/more.parquet"], check.Problems.Select(p => p.Path));
    }

    [Fact]
    public async Task ReadPair_SpecsSentToThePeers_SameBytes()
    {
        var pair = await PairReplay.ReadAsync(_dataset.Location, 6, CancellationToken.None);

        var report = await _mesh.GetClient<ReportService.ReportServiceClient>()
            .WriteReportAsync(new WriteReportRequest { Spec = pair.ReportSpec });
        var image = await _mesh.GetClient<DiffusionService.DiffusionServiceClient>()
            .RenderImageAsync(new RenderImageRequest { Spec = pair.ImageSpec });

        Assert.Equal(pair.Pair.Record.Findings, report.Report.Findings);
        Assert.Equal(pair.Pair.Record.Impression, report.Report.Impression);
        Assert.Equal(pair.Pair.Record.PixelsSha256, image.Image.PixelsSha256);
        var rendered = await _mesh.Services.GetRequiredService<IObjectStore>()
            .GetAsync(ObjectAddress.From(image.Ref, "local", "ref"), CancellationToken.None);
        Assert.True(pair.IsSamePng(rendered)); // once it has the pair's mark
        Assert.Equal(pair.Pair.Record.ImageSha256, Sha256Digest.HexOf(pair.Pair.Files.Png));
        Assert.Equal(6, JsonNode.Parse(pair.Pair.Files.Json)!["index"]!.GetValue<int>());
    }

    [Fact]
    public async Task ReadDatasetFile_EveryListedFile_GivesItsBytesAndNothingElseIsRead()
    {
        var files = (await _mesh.Datasets.ListDatasetFilesAsync(new ListDatasetFilesRequest { Name = _dataset.Name })).Files;
        Assert.Equal("manifest.json", files[^1].Path);
        foreach (var file in files)
        {
            using var bytes = new MemoryStream();
            using var call = _mesh.Datasets.ReadDatasetFile(new ReadDatasetFileRequest { Name = _dataset.Name, Path = file.Path });
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
                call.ResponseStream.Current.Data.WriteTo(bytes);
            Assert.Equal(file.Sha256, Sha256Digest.HexOf(bytes.ToArray()));
        }

        foreach (var path in new[] { "../../balancer.db", "/etc/passwd", "data", "", "data/../README.md" })
        {
            using var call = _mesh.Datasets.ReadDatasetFile(new ReadDatasetFileRequest { Name = _dataset.Name, Path = path });
            await RefusedCallAssert.NamesAsync("path", () => call.ResponseStream.MoveNext(CancellationToken.None));
        }
    }

    [Fact]
    public async Task Spec_OfTheFolder_MakesTheSameDatasetAgain()
    {
        var spec = ProtoYaml.Parse<DatasetSpec>(await File.ReadAllTextAsync(Path.Combine(_dataset.Location, "spec.yaml")), "spec");

        var again = await _mesh.WatchAsync((await _mesh.CreateAsync(spec)).Name);

        Assert.Equal(_dataset.SpecDigest, again.SpecDigest);
        Assert.Equal(_dataset.Root, again.Root);
    }

    [Fact]
    public async Task CardAndCroissant_OfTheFolder_Parse()
    {
        var card = await File.ReadAllTextAsync(Path.Combine(_dataset.Location, "README.md"));
        var head = new YamlStream();
        head.Load(new StringReader(card.Split("---\n")[1]));
        var croissant = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_dataset.Location, "croissant.json")))!;

        Assert.Equal("A \"title\": with # marks", head.Documents[0].RootNode["pretty_name"].ToString());
        Assert.Equal("http://mlcommons.org/croissant/1.1", croissant["conformsTo"]!.GetValue<string>());
        Assert.Equal(["pairs"], croissant["recordSet"]!.AsArray().Select(r => r!["@id"]!.GetValue<string>()));
        Assert.Contains(_dataset.Root, card, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seal_RenamedButNotRecorded_TakesTheFolderAsItIs()
    {
        var sealer = _mesh.Services.GetRequiredService<DatasetSealer>();
        var contexts = _mesh.Services.GetRequiredService<Specs.ResolvedDatasetCache>();
        var id = _dataset.Name["datasets/".Length..];
        var context = await contexts.GetAsync("local", id, CancellationToken.None);
        var row = await _mesh.Services.GetRequiredService<SynCxr.Mesh.Balancer.Datasets.DatasetQueries>()
            .RowAsync("local", id, CancellationToken.None);
        var before = Contents();
        await File.AppendAllTextAsync(Path.Combine(_dataset.Location, "README.md"), "half-written");

        var rewritten = (await sealer.SealAsync(context, row, CancellationToken.None)).Root;
        var kept = (await sealer.SealAsync(context, row, CancellationToken.None)).Root;

        Assert.Equal(_dataset.Root, rewritten);
        Assert.Equal(_dataset.Root, kept);
        Assert.True((await SealedDatasetVerifier.VerifyAsync(_dataset.Location, CancellationToken.None)).IsIntact);
        Assert.Equal(before, Contents()); // every byte, run.parquet and croissant.json too: a late writer does no harm
    }

    [Fact]
    public async Task Read_SealedBeforeTenantsHadFolders_IsReadWhereItLies()
    {
        var state = Path.GetFullPath(Path.Combine(_dataset.Location, "..", "..", ".."));
        Assert.Equal(Path.Combine(state, "local", _dataset.Name), _dataset.Location);
        Directory.CreateDirectory(Path.Combine(state, "datasets"));
        Directory.Move(_dataset.Location, Path.Combine(state, _dataset.Name));
        await using (var db = _mesh.OpenRows())
            await db.Datasets.ExecuteUpdateAsync(s => s.SetProperty(d => d.Folder, ""), TestContext.Current.CancellationToken);

        var old = await _mesh.GetAsync(_dataset.Name);

        Assert.Equal((Path.Combine(state, _dataset.Name), _dataset.Root), (old.Location, old.Root));
        using var scratch = new ScratchFolder();
        Assert.True((await TwoBalancerMesh.ExportAsync(_mesh, _dataset.Name, scratch["copy"])).IsIntact);
    }

    private SortedDictionary<string, string> Contents() => new(Directory.EnumerateFiles(_dataset.Location, "*", SearchOption.AllDirectories)
        .ToDictionary(f => f, Sha256Digest.HexOfFile), StringComparer.Ordinal);
}
