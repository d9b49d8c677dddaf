using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Canaries;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Canaries;

/// <summary>Which pictures of the folder the judge is tried with.</summary>
public sealed class CanaryKeeperTests
{
    private const int Pictures = 4;

    private static readonly ServiceProvider _noServers = new ServiceCollection().AddOptions().BuildServiceProvider();

    [Fact]
    public async Task Start_SomePicturesJudgedWrongly_KeepsTheOthersAndServesBothKindsInTurn()
    {
        if (!SharedData.TryFind("kermany-cxr-224/valid", out var data))
            return;
        using var folder = new ScratchFolder();
        Write(folder, data);
        File.WriteAllBytes(folder["good/zz-waves.png"], TestImages.WavesPng(1)); // no radiograph: rejected, and so left out
        using var models = await LoadJudgeAsync();
        await using var curator = CreateCurator(models);
        using var keeper = CreateKeeper(curator, folder.Path);
        Assert.Same(ErrorReasons.ModelNotLoaded, Assert.Throws<MeshException>(() => keeper.Find(null, 0)).Reason);
        Assert.Equal(HealthStatus.Unhealthy, (await keeper.CheckHealthAsync(new HealthCheckContext())).Status);

        await keeper.StartAsync(default);
        await keeper.ExecuteTask!;

        Assert.Equal(HealthStatus.Healthy, (await keeper.CheckHealthAsync(new HealthCheckContext())).Status);
        Canary[] found = [.. Enumerable.Range(0, 4 * Pictures).Select(n => keeper.Find(null, (ulong)n))];
        Assert.All(found, (canary, n) => Assert.Equal(n % 2 == 0, canary.IsGood));
        Assert.DoesNotContain(found, c => c.Name == "good/zz-waves.png");
        Assert.Equal(Pictures, found.Where(c => !c.IsGood).Select(c => c.Name).Distinct().Count());
        Assert.True(keeper.Find(null, ulong.MaxValue).Content.Length > 0);
    }

    [Fact]
    public async Task Start_TooFewThatTheJudgeGetsRight_StopsTheHostWithTheNumbers()
    {
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder["bad"]);
        Directory.CreateDirectory(folder["good"]);
        File.WriteAllBytes(folder["good/waves.png"], TestImages.WavesPng(1));
        File.WriteAllBytes(folder["bad/waves.png"], TestImages.WavesPng(2));
        var error = await RefusesAsync(folder.Path);
        Assert.Equal("Curation:Canaries:Folder: the judge loaded here got 0 of 1 good pictures and 1 of 1 bad ones right; "
            + "4 of each are needed", error);

        File.WriteAllText(folder["bad/broken.png"], "no picture");
        Assert.Contains("bad/broken.png: ", await RefusesAsync(folder.Path), StringComparison.Ordinal);
        Directory.Delete(folder["bad"], recursive: true);
        Assert.EndsWith("/bad: is missing; it holds the pictures that must be rejected", await RefusesAsync(folder.Path),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_NoFolder_IsNotFoundAndReady()
    {
        using var models = await LoadJudgeAsync();
        await using var curator = CreateCurator(models);
        using var keeper = CreateKeeper(curator, "");
        await keeper.StartAsync(default);
        Assert.Same(ErrorReasons.NotFound, Assert.Throws<MeshException>(() => keeper.Find(null, 0)).Reason);
        Assert.Equal(HealthStatus.Healthy, (await keeper.CheckHealthAsync(new HealthCheckContext())).Status);
    }

    private static async Task<string> RefusesAsync(string folder)
    {
        using var models = await LoadJudgeAsync();
        await using var curator = CreateCurator(models);
        using var keeper = CreateKeeper(curator, folder);
        await keeper.StartAsync(default);
        return (await Assert.ThrowsAsync<MeshException>(() => keeper.ExecuteTask!)).Message;
    }

    /// <summary>Radiographs as they are, and the same ones upside down.</summary>
    private static void Write(ScratchFolder folder, string data)
    {
        Directory.CreateDirectory(folder["good"]);
        Directory.CreateDirectory(folder["bad"]);
        foreach (var (i, file) in Directory.GetFiles(data, "*.jpeg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Take(Pictures + 2).Index())
        {
            File.Copy(file, folder[$"good/{i}.jpeg"]);
            var image = ImageCodec.DecodeGray(File.ReadAllBytes(file), file);
            byte[] turned = [.. image.Pixels.Chunk(image.Width).Reverse().SelectMany(row => row)];
            if (i < Pictures)
                File.WriteAllBytes(folder[$"bad/{i}.png"], ImageCodec.EncodePng(new GrayImage(image.Width, image.Height, turned)));
        }
    }

    private static async Task<CurationModelLoader> LoadJudgeAsync()
    {
        var models = CurationModelLoaderTests.Create(Options.Create(new CurationOptions { ModelPath = CurationHostFixture.JudgeFolder }));
        await models.StartAsync(default);
        await models.ExecuteTask!;
        return models;
    }

    private static Curator CreateCurator(CurationModelLoader models) => new(
        models, Options.Create(new CurationOptions { ModelPath = CurationHostFixture.JudgeFolder }),
        new CurationMetrics(TestMeters.Factory), new BatcherMetrics(TestMeters.Factory), TenantWeights.Equal, TimeProvider.System);

    private static CanaryKeeper CreateKeeper(Curator curator, string folder) => new(
        Options.Create(new CanaryFolderOptions { Folder = folder, LeastOfKind = Pictures }), curator, new ChatJudgeRegistry(_noServers),
        TimeProvider.System, NullLogger<CanaryKeeper>.Instance);
}
