using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Onnx;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

/// <summary>
/// The service on loopback with the shipped judge, a fresh object store, and three generators: <c>mirror</c> has learnt one image,
/// <c>stale</c> has an index of another judge, <c>absent</c> is not there.
/// </summary>
public sealed class CurationHostFixture : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("curation").FullName;
    private WebApplication? _app;
    private GrpcChannel? _channel;

    /// <summary>The judge that ships.</summary>
    public static string JudgeFolder { get; } = Path.Combine(AppContext.BaseDirectory, "models", "cxr-tiny-judge");

    /// <summary>The image that generator <c>mirror</c> has learnt.</summary>
    public static GrayImage MemorisedImage { get; } = TestImages.Waves(80, 72, 3);

    public V1.CurationService.CurationServiceClient Client { get; private set; } = null!;

    /// <summary>Folder of the image encoders; empty at first.</summary>
    public string EncoderRoot => Path.Combine(_root, "encoders");

    /// <summary>Folder of the banks; empty at first.</summary>
    public string BankRoot => Path.Combine(_root, "banks");

    /// <summary>Folder of the examples of image-text models; empty at first.</summary>
    public string AlignmentRoot => Path.Combine(_root, "alignments");

    public IObjectStore Objects => _app!.Services.GetRequiredService<IObjectStore>();

    public async ValueTask InitializeAsync()
    {
        using (var judge = JudgeModel.Load(JudgeFolder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, 1)))
        {
            var learnt = (await judge.RunAsync([judge.PrepareInput(MemorisedImage)], CancellationToken.None))[0].Embedding;
            WriteMemorisationIndex("mirror", judge.Digest, learnt);
            WriteMemorisationIndex("stale", "of-another-judge", learnt);
        }

        var generators = new[] { "mirror", "stale", "absent" }.Select((g, i) => $"--Curation:GeneratorPaths:{i}={Path.Combine(_root, g)}");
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", $"--Storage:Root={_root}",
            $"--Curation:EncoderRoot={EncoderRoot}", $"--Curation:BankRoot={BankRoot}", $"--Curation:AlignmentRoot={AlignmentRoot}",
            .. generators], "curation");
        builder.AddCuration();
        _app = builder.BuildMesh();
        _app.MapMeshDefaults();
        _app.MapCuration();
        await _app.StartAsync();
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(_app)[0], new GrpcChannelOptions { MaxSendMessageSize = null });
        Client = new V1.CurationService.CurationServiceClient(_channel);
        await WaitUntilReadyAsync(new Health.HealthClient(_channel));
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static async Task WaitUntilReadyAsync(Health.HealthClient health)
    {
        using var watch = health.Watch(new HealthCheckRequest { Service = "ready" },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));
        await foreach (var state in watch.ResponseStream.ReadAllAsync())
        {
            if (state.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                return;
        }

        Assert.Fail("the service ended its health stream without becoming ready");
    }

    private void WriteMemorisationIndex(string generator, string digest, float[] learnt)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, generator, "memory")).FullName;
        new HalfMatrix(1, learnt.Length, learnt).Write(Path.Combine(folder, "index.f16"));
        File.WriteAllText(Path.Combine(folder, "index.json"),
            $$"""{"judge": "j", "judge_digest": "{{digest}}", "rows": 1, "dim": {{learnt.Length}}, "ids": ["the-waves"]}""");
    }
}
