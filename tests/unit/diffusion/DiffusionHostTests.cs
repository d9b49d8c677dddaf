using System.Security.Cryptography;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests;

/// <summary>The service as its process runs it, on a free port.</summary>
public sealed class DiffusionHostFixture : IAsyncLifetime
{
    private readonly string _state = Directory.CreateTempSubdirectory("diffusion").FullName;

    public WebApplication App { get; private set; } = null!;

    public GrpcChannel Channel { get; private set; } = null!;

    public V1.DiffusionService.DiffusionServiceClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        App = Build($"--Storage:Root={_state}");
        await App.StartAsync();
        Channel = GrpcChannel.ForAddress(MeshHost.Addresses(App)[0]);
        Client = new V1.DiffusionService.DiffusionServiceClient(Channel);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var watch = new Health.HealthClient(Channel).Watch(new HealthCheckRequest { Service = "ready" },
            cancellationToken: limit.Token);
        await foreach (var health in watch.ResponseStream.ReadAllAsync(limit.Token))
        {
            if (health.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await App.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    public static WebApplication Build(params string[] settings)
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Logging:LogLevel:Default=None", "--Logging:LogLevel:Microsoft=None", .. settings],
            "diffusion");
        builder.AddDiffusion();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapDiffusion();
        return app;
    }
}

/// <summary>The contract over gRPC.</summary>
public sealed class DiffusionHostTests(DiffusionHostFixture host) : IClassFixture<DiffusionHostFixture>
{
    private readonly V1.DiffusionService.DiffusionServiceClient _client = host.Client;

    [Fact]
    public async Task GenerateImage_WithPreviews_StreamsQueuedStepsPartsThenImage()
    {
        using var call = _client.GenerateImage(new GenerateImageRequest { Spec = Spec(steps: 4), PreviewEvery = 2 });
        var events = await call.ResponseStream.ReadAllAsync().ToListAsync();
        Assert.Equal(GenerateImageResponse.EventOneofCase.Queued, events[0].EventCase);
        Assert.Equal([1, 2, 3, 4], events.Where(e => e.Step is not null).Select(e => e.Step.Step_));
        var preview = Assert.Single(events, e => e.Step?.PreviewPng.Length > 0).Step.PreviewPng;
        Assert.Equal(64, ImageCodec.DecodeGray(preview.Span, "preview").Width);
        var parts = events.Where(e => e.Part is not null).Select(e => e.Part).ToList();
        var png = parts.SelectMany(part => part.Data).ToArray();
        Assert.All(parts, part => Assert.InRange(part.Data.Length, 1, 64 * 1024));
        var image = events[^1].Image;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(png)), image.Sha256);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(ImageCodec.DecodeGray(png, "image").Pixels)), image.PixelsSha256);
        Assert.Equal((png.Length, 64, 64, false), (image.SizeBytes, image.Width, image.Height, image.PromptTruncated));
        Assert.Equal(("cxr-tiny-generator", "onnx-latent-diffusion", 5ul),
            (image.Generator.Model, image.Generator.Engine, image.Generator.Seed));
        Assert.Equal((4, "ddim", 3.0), (image.Spec.Steps, image.Spec.Scheduler, image.Spec.Guidance));
    }

    [Fact]
    public async Task RenderImage_SameSpec_StoresTheBytesThatGenerateImageStreams()
    {
        using var call = _client.GenerateImage(new GenerateImageRequest { Spec = Spec() });
        var streamed = (await call.ResponseStream.ReadAllAsync().ToListAsync())[^1].Image;
        var rendered = await _client.RenderImageAsync(new RenderImageRequest { Spec = Spec() },
            new Metadata { { RequestContext.TenantHeader, "clinic" } });
        Assert.Equal(streamed.Sha256, rendered.Image.Sha256);
        Assert.Equal($"objects/clinic/{streamed.Sha256}", rendered.Ref.Uri);
        var store = host.App.Services.GetRequiredService<IObjectStore>();
        var png = await store.GetAsync(ObjectAddress.From(rendered.Ref, "clinic", "ref"), CancellationToken.None);
        Assert.Equal(rendered.Ref.SizeBytes, png.Length);
    }

    [Fact]
    public async Task RenderImage_ValidateOnly_FillsInTheSpecAndRendersNothing()
    {
        var checkedOnly = await _client.RenderImageAsync(new RenderImageRequest
        {
            Spec = new ImageSpec
            {
                Prompt = "clear lungs",
                Scheduler = "DDPMScheduler",
                Sampling = new SamplingSettings { Timesteps = { 9, 1 } },
            },
            ValidateOnly = true,
        });
        Assert.Equal(new RenderImageResponse { Image = new GeneratedImage { Spec = checkedOnly.Image.Spec } }, checkedOnly);
        Assert.Equal((2, 64), (checkedOnly.Image.Spec.Steps, checkedOnly.Image.Spec.Width));
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await _client.RenderImageAsync(
            new RenderImageRequest { Spec = new ImageSpec { Prompt = "a", Scheduler = "x" }, ValidateOnly = true }));
        Assert.Equal("spec.scheduler", refusal.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations.Single().Field);
    }

    [Fact]
    public async Task RenderImage_Sampling_ChangesTheImageAndComesBack()
    {
        ImageSpec[] specs = [Spec(), Spec(), Spec(), Spec()];
        specs[1].Sampling = new SamplingSettings { Eta = 1 };
        specs[2].Sampling = new SamplingSettings { GuidanceRescale = 0.7 };
        specs[3].Sampling = new SamplingSettings();
        var images = new List<GeneratedImage>();
        foreach (var spec in specs)
            images.Add((await _client.RenderImageAsync(new RenderImageRequest { Spec = spec })).Image);
        Assert.Equal(3, images.Take(3).Select(image => image.PixelsSha256).Distinct().Count());
        Assert.Equal(images[0], images[3]);
        Assert.Equal((null, specs[1].Sampling, specs[2].Sampling),
            (images[0].Spec.Sampling, images[1].Spec.Sampling, images[2].Spec.Sampling));
    }

    [Fact]
    public async Task GenerateImage_Seeds_StreamsTheImageOfEach()
    {
        var spec = Spec();
        spec.Seed = 0;
        using var call = _client.GenerateImage(new GenerateImageRequest { Spec = spec, Seeds = { 5, 9, 7 } });
        var events = await call.ResponseStream.ReadAllAsync().ToListAsync();
        var unary = await _client.RenderImageAsync(new RenderImageRequest { Spec = spec, Seeds = { 5, 9, 7 } });
        Assert.Equal((null, null), (unary.Ref, unary.Image));
        ulong[] seeds = [5, 9, 7];
        for (var i = 0; i < seeds.Length; i++)
        {
            spec.Seed = seeds[i];
            var alone = await _client.RenderImageAsync(new RenderImageRequest { Spec = spec });
            var own = events.Where(e => e.SeedIndex == i).ToList();
            Assert.Equal(GenerateImageResponse.EventOneofCase.Queued, own[0].EventCase);
            Assert.Equal([1, 2], own.Where(e => e.Step is not null).Select(e => e.Step.Step_));
            Assert.Equal(alone.Image, own[^1].Image);
            var png = own.Where(e => e.Part is not null).SelectMany(e => e.Part.Data).ToArray();
            Assert.Equal(alone.Image.Sha256, Convert.ToHexStringLower(SHA256.HashData(png)));
            Assert.Equal((alone.Ref, alone.Image), (unary.Images[i].Ref, unary.Images[i].Image));
        }
        Assert.Equal(3, unary.Images.Select(image => image.Image.Sha256).Distinct().Count());
    }

    [Theory]
    [InlineData("seeds[2]", 0, new ulong[] { 1, 2, 1 })]
    [InlineData("spec.seed", 5, new ulong[] { 1, 2 })]
    [InlineData("seeds", 0, new ulong[0])] // 49 of them
    public async Task GenerateImage_BadSeeds_AreRefusedByIndex(string field, ulong seed, ulong[] seeds)
    {
        var spec = Spec();
        spec.Seed = seed;
        var asked = seeds.Length > 0 ? seeds : [.. Enumerable.Range(0, 49).Select(i => (ulong)i)];
        using var call = _client.GenerateImage(new GenerateImageRequest { Spec = spec, Seeds = { asked } });
        var refusals = new[]
        {
            await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None)),
            await Assert.ThrowsAsync<RpcException>(
                async () => await _client.RenderImageAsync(new RenderImageRequest { Spec = spec, Seeds = { asked } })),
        };
        Assert.All(refusals, refusal =>
            Assert.Equal(field, Assert.Single(refusal.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field));
    }

    [Fact]
    public async Task RenderImage_FilledInSpecOfAnAnswer_GivesTheSameImage()
    {
        var first = await _client.RenderImageAsync(
            new RenderImageRequest { Spec = new ImageSpec { Prompt = "clear lungs", Seed = 3, Steps = 2 } });
        var again = await _client.RenderImageAsync(new RenderImageRequest { Spec = first.Image.Spec });
        Assert.Equal(first.Image, again.Image);
    }

    [Fact]
    public async Task ListModels_ShippedModel_SaysWhatItDepictsAndItsDefaults()
    {
        var model = Assert.Single((await _client.ListModelsAsync(new ListModelsRequest())).Models);
        Assert.Equal(("cxr-tiny-generator", ModelKind.LatentDiffusion, true), (model.Name, model.Kind, model.Deterministic));
        Assert.Contains("abnormality/consolidation", model.Depicts);
        Assert.Equal((64, 64, true, true, true),
            (model.ImageDefaults.Width, model.ImageDefaults.Height, model.ImageDefaults.HasSteps, model.ImageDefaults.HasGuidance,
                model.ImageDefaults.Scheduler.Length > 0));
        Assert.StartsWith("onnxruntime-", model.Fingerprint);
        Assert.Equal(64, model.Digest.Length);
        Assert.InRange(model.ImageLimits.MaxSide, 64, 511);
        Assert.Equal(0, 64 % model.ImageLimits.SideStep);
        Assert.Contains(model.ImageDefaults.NativeSize, model.ImageLimits.NativeSizes);
    }

    [Theory]
    [InlineData("spec.width", 63, 64, 2, 0)]
    [InlineData("spec.height", 64, 4096, 2, 0)]
    [InlineData("spec.steps", 64, 64, 1_000_000, 0)]
    [InlineData("preview_every", 64, 64, 2, -1)]
    public async Task GenerateImage_BadInput_IsRefusedBeforeAnyHeaderAndNamesTheField(string field, int width, int height, int steps,
        int previewEvery)
    {
        var spec = new ImageSpec { Prompt = "clear lungs", Width = width, Height = height, Steps = steps };
        using var call = _client.GenerateImage(new GenerateImageRequest { Spec = spec, PreviewEvery = previewEvery });
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Equal(field, Assert.Single(refusal.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
        // Trailers-only: the status came in the headers, so that a client may try again.
        Assert.Contains(await call.ResponseHeadersAsync, entry => entry.Key == "grpc-status-details-bin");
    }

    [Fact]
    public async Task RenderImage_DeadlineThatCannotBeMet_IsRefusedByName()
    {
        await _client.RenderImageAsync(new RenderImageRequest { Spec = Spec() });
        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
            await _client.RenderImageAsync(new RenderImageRequest { Spec = Spec(steps: 1000) },
                deadline: TimeProvider.System.GetUtcNow().AddSeconds(1.5).UtcDateTime));
        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        Assert.Equal(ErrorReasons.DeadlineUnmeetable.Name, refusal.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason);
    }

    [Fact]
    public async Task GenerateImage_ClientGoesAway_FreesThePlaceForTheNext()
    {
        using (var call = _client.GenerateImage(new GenerateImageRequest { Spec = Spec(steps: 1000) }))
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var next = await _client.RenderImageAsync(new RenderImageRequest { Spec = Spec() },
            deadline: TimeProvider.System.GetUtcNow().AddSeconds(20).UtcDateTime);
        Assert.Equal(64, next.Image.Width);
    }

    [Theory]
    [InlineData("--Diffusion:ExecutionProvider=cuda", "Diffusion:ExecutionProvider")]
    [InlineData("--Diffusion:ExecutionProvider=gpu", "'gpu'")]
    [InlineData("--Diffusion:ModelPaths:0=/nowhere", "Diffusion:ModelPaths")]
    [InlineData("--Diffusion:Engine=stable", "Diffusion:Engine is 'stable'; it must be one of fixed-cost, onnx-latent-diffusion")]
    [InlineData("--Diffusion:Threads=0", "Threads")]
    [InlineData("--Diffusion:Device=1", "Diffusion:Device has no effect with Diffusion:ExecutionProvider cpu")]
    [InlineData("--Diffusion:Device=-1", "Device")]
    [InlineData("--Diffusion:DeviceMemoryMiB=4096", "Diffusion:DeviceMemoryMiB has no effect")]
    [InlineData("--Diffusion:CudaGraphs=true", "Diffusion:CudaGraphs has no effect")]
    [InlineData("--Diffusion:TensorRtCache=engines", "Diffusion:TensorRtCache has no effect")]
    [InlineData("--Diffusion:MaxBatch=65", "MaxBatch")]
    public void Build_BadSetting_IsRefusedAndNamed(string setting, string part)
    {
        var exception = Assert.Throws<OptionsValidationException>(() => DiffusionHostFixture.Build(setting));
        Assert.Contains(part, exception.Message);
    }

    private static ImageSpec Spec(int steps = 2) => new()
    {
        Prompt = "patchy consolidation in the right lower lobe",
        Seed = 5,
        Steps = steps,
        Scheduler = "ddim",
        Guidance = 3,
    };
}
