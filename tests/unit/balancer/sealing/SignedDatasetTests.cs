using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Balancer.Datasets;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Provenance.Cose;
using SynCxr.Mesh.Provenance.Signing;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Testkit.Identity;
using SynCxr.Mesh.Testkit.Sealed;

namespace SynCxr.Mesh.Balancer.Tests.Sealing;

/// <summary>Marks and signatures of a sealed data set.</summary>
public sealed class SignedDatasetTests : IAsyncLifetime
{
    private readonly ScratchFolder _scratch = new();
    private TestSigner _signer = null!;
    private BalancerTestMesh _mesh = null!;
    private ImageReportDataset _dataset = null!;

    public async ValueTask InitializeAsync()
    {
        _signer = new TestSigner(_scratch["signer"]);
        var (key, chain) = _signer.Issue("signer");
        _mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions(),
            options: [$"--Sealing:SigningKey={key}", $"--Sealing:CertificateChain={chain}"]);
        var spec = BalancerTestMesh.CreateSpec(8);
        spec.ShardSize = 5;
        _dataset = await _mesh.WatchAsync((await _mesh.CreateAsync(spec)).Name);
        Assert.True(_dataset.State == DatasetState.Sealed, _dataset.Failure?.Message);
    }

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        _signer.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Verify_SignedSet_TellsMarksAndSigner()
    {
        var stranger = await SealedDatasetVerifier.VerifyAsync(_dataset.Location, CancellationToken.None);
        var friend = await SealedDatasetVerifier.VerifyAsync(_dataset.Location, CancellationToken.None,
            TrustAnchors.FromPem(await File.ReadAllTextAsync(_signer.RootFile)));

        Assert.True(stranger.IsIntact, string.Join('\n', stranger.Problems));
        Assert.Equal((8, 2, "untrusted"), (stranger.Marks.Pictures, stranger.Marks.SignedShards, stranger.Marks.SignerState));
        Assert.Equal("trusted", friend.Marks.SignerState);
        Assert.Contains("CN=signer", friend.Marks.Signer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_OfTheSet_SayWhichPairTheyAre()
    {
        var set = await SealedDataset.OpenAsync(_dataset.Location, CancellationToken.None);

        foreach (var pair in Enumerable.Range(0, set.Shards.Count).SelectMany(set.ReadShard))
        {
            var mark = PictureMark.Read(pair.Files.Png)!;
            Assert.Equal(DigitalSourceTypes.TrainedAlgorithmicMedia, mark.DigitalSourceType);
            Assert.Equal((_dataset.SpecDigest, pair.Record.Index), (mark.SpecDigest, mark.Pair));
            Assert.Equal(pair.Record.Impression, mark.Prompt);
            Assert.Equal(DigitalSourceTypes.TrainedAlgorithmicMedia,
                JsonNode.Parse(pair.Files.Json)!["digital_source_type"]!.GetValue<string>());
            Assert.Equal(DigitalSourceTypes.TrainedAlgorithmicMedia, pair.Record.DigitalSourceType);
        }

        Assert.Contains(DigitalSourceTypes.TrainedAlgorithmicMedia,
            await File.ReadAllTextAsync(Path.Combine(_dataset.Location, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seal_WithoutAKey_HasTheSameRoot()
    {
        await using var plain = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions());
        var spec = BalancerTestMesh.CreateSpec(8);
        spec.ShardSize = 5;

        var other = await plain.WatchAsync((await plain.CreateAsync(spec)).Name);

        Assert.Equal(_dataset.Root, other.Root);
        var check = await SealedDatasetVerifier.VerifyAsync(other.Location, CancellationToken.None);
        Assert.True(check.IsIntact, string.Join('\n', check.Problems));
        Assert.Equal((8, 0, ""), (check.Marks.Pictures, check.Marks.SignedShards, check.Marks.SignerState));
        Assert.Equal(await FileOfAsync(_dataset, "metadata.parquet"), await FileOfAsync(other, "metadata.parquet"));
    }

    [Fact]
    public async Task Seal_ByTwoSealers_WritesEqualFiles()
    {
        var id = _dataset.Name["datasets/".Length..];
        var context = await _mesh.Services.GetRequiredService<ResolvedDatasetCache>().GetAsync("local", id, CancellationToken.None);
        var row = await _mesh.Services.GetRequiredService<DatasetQueries>().RowAsync("local", id, CancellationToken.None);
        var before = Contents();
        Directory.Delete(_dataset.Location, recursive: true);

        await ActivatorUtilities.CreateInstance<DatasetSealer>(_mesh.Services).SealAsync(context, row, CancellationToken.None);

        Assert.Equal(before, Contents());
        Assert.Contains(before.Keys, f => f.EndsWith(".tar.c2pa", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_FilesOfAnotherSetOrKey_NamesThem()
    {
        var (key, chain) = _signer.Issue("other");
        var identity = SigningIdentity.Load(key, chain, TimeProvider.System.GetUtcNow());
        var certificate = await FileOfAsync(_dataset, BalanceCertificate.FileName);
        var json = JsonNode.Parse(certificate)!.AsObject();
        json["pairs"] = 9;

        await AssertForgedAsync(BalanceCertificate.FileName, CanonicalJson.Write(json));
        await AssertForgedAsync(BalanceCertificate.SignatureFileName,
            CoseSigner.Sign(identity, RandomNumberGenerator.GetBytes(10)));
        string[] sidecars = [.. DatasetManifest.Read(_dataset.Location).Files.Select(f => f.Path).Where(p => p.EndsWith(".c2pa",
            StringComparison.Ordinal))];
        Assert.Equal(2, sidecars.Length);
        // Signed anew by somebody else, whom a reader may trust: the shards say by whom they were signed.
        await AssertForgedAsync(BalanceCertificate.SignatureFileName, CoseSigner.Sign(identity, certificate), named: sidecars[0]);
        await AssertForgedAsync(sidecars[0], await FileOfAsync(_dataset, sidecars[1]));
        await AssertForgedAsync(sidecars[1], [1, 2, 3]);
    }

    [Fact]
    public async Task Certificate_OfTheSet_TellsItsFigures()
    {
        var manifest = DatasetManifest.Read(_dataset.Location);
        var certificate = JsonNode.Parse(await FileOfAsync(_dataset, BalanceCertificate.FileName))!;

        Assert.Equal(manifest.Root, certificate["root"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(manifest.Figures["entity_use"], certificate["entity_use"]));
        Assert.Equal(manifest.Spec.Draw.UsageCap, certificate["caps"]!["usage_cap"]!.GetValue<int>());
        Assert.Equal(manifest.Spec.Curation.Judge.Digest, certificate["judge"]!["model"]!["digest"]!.GetValue<string>());
        Assert.Equal(manifest.Spec.Draw.VocabularyDigest, certificate["lineage"]!["vocabulary_digest"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(true, false, "Sealing:CertificateChain is empty")]
    [InlineData(false, true, "Sealing:SigningKey is empty")]
    public void Validate_HalfASigner_NamesTheOtherSetting(bool hasKey, bool hasChain, string problem)
    {
        var (key, chain) = _signer.Issue("half");

        Assert.Contains(problem, Validate(hasKey ? key : "", hasChain ? chain : ""), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_WrongFiles_NameTheirSetting()
    {
        var (key, chain) = _signer.Issue("right");
        var (otherKey, _) = _signer.Issue("another");
        var (lateKey, late) = _signer.Issue("late", new() { Start = TimeSpan.FromDays(-9), End = TimeSpan.FromDays(-1) });
        var (authorityKey, authority) = _signer.Issue("authority", new() { IsAuthority = true });

        Assert.StartsWith("Sealing:SigningKey ", Validate(chain, chain), StringComparison.Ordinal);
        Assert.StartsWith("Sealing:SigningKey ", Validate(_scratch["absent"], chain), StringComparison.Ordinal);
        Assert.StartsWith("Sealing:CertificateChain ", Validate(key, key), StringComparison.Ordinal);
        Assert.StartsWith("Sealing:CertificateChain does not go with", Validate(otherKey, chain), StringComparison.Ordinal);
        Assert.StartsWith("Sealing:CertificateChain has expired", Validate(lateKey, late), StringComparison.Ordinal);
        Assert.StartsWith("Sealing:CertificateChain is of a certificate authority", Validate(authorityKey, authority),
            StringComparison.Ordinal);
        Assert.Equal("", Validate(key, chain));
        Assert.Equal("", Validate("", ""));
    }

    private static string Validate(string key, string chain) => new SealingOptionsRules(TimeProvider.System)
        .Validate(Options.DefaultName, new SealingOptions { SigningKey = key, CertificateChain = chain }).FailureMessage ?? "";

    /// <summary>Puts other bytes in place of a file, with a manifest that lists them, and verifies.</summary>
    private async Task AssertForgedAsync(string path, byte[] bytes, string? named = null)
    {
        var copy = _scratch[Guid.NewGuid().ToString("N")];
        foreach (var file in Directory.EnumerateFiles(_dataset.Location, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(_dataset.Location, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        await File.WriteAllBytesAsync(Path.Combine(copy, path), bytes);
        var manifest = Path.Combine(copy, DatasetManifest.FileName);
        var json = JsonNode.Parse(await File.ReadAllTextAsync(manifest))!.AsObject();
        json.Remove("~sha256");
        var entries = json["files"]!.AsArray();
        entries[entries.Select(e => e!["path"]!.GetValue<string>()).ToList().IndexOf(path)] = ManifestForger.CreateEntry(path, bytes);
        await File.WriteAllBytesAsync(manifest, ManifestForger.Write(json));

        var check = await SealedDatasetVerifier.VerifyAsync(copy, CancellationToken.None);

        Assert.Contains(named ?? path, check.Problems.Select(p => p.Path));
    }

    private static Task<byte[]> FileOfAsync(ImageReportDataset dataset, string path) =>
        File.ReadAllBytesAsync(Path.Combine(dataset.Location, path));

    private SortedDictionary<string, string> Contents() => new(Directory.EnumerateFiles(_dataset.Location, "*", SearchOption.AllDirectories)
        .ToDictionary(f => f, Sha256Digest.HexOfFile), StringComparer.Ordinal);
}
