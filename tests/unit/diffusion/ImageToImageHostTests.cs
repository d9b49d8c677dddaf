using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.Tests.Engine.Exports;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Imaging;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests;

/// <summary>Images that start from an image, over gRPC.</summary>
public sealed class ImageToImageHostTests : IAsyncLifetime
{
    private readonly TinyExport _export = new TinyExport().AddAutoencoder();
    private readonly string _state = Directory.CreateTempSubdirectory("diffusion").FullName;
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;
    private V1.DiffusionService.DiffusionServiceClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _app = DiffusionHostFixture.Build($"--Storage:Root={_state}", $"--Diffusion:ModelPaths:0={_export.Folder}");
        await _app.StartAsync();
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(_app)[0]);
        _client = new V1.DiffusionService.DiffusionServiceClient(_channel);
        using var watch = new Health.HealthClient(_channel).Watch(new HealthCheckRequest { Service = "ready" });
        await watch.ResponseStream.ReadAllAsync().FirstAsync(health => health.Status == HealthCheckResponse.Types.ServingStatus.Serving);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_state, recursive: true);
        _export.Dispose();
    }

    [Fact]
    public async Task RenderImage_FromAnImage_StoresItAndItsMaskAndAnswersBySpecThatRendersAgain()
    {
        var spec = Spec();
        var first = await _client.RenderImageAsync(new RenderImageRequest { Spec = spec, Seeds = { 1, 2 } });
        Assert.Equal((ImageSource.SourceOneofCase.Ref, ImageSource.SourceOneofCase.Ref, 0.02),
            (first.Images[1].Image.Spec.Image.SourceCase, first.Images[1].Image.Spec.Mask.SourceCase, first.Images[1].Image.Spec.Strength));
        var again = await _client.RenderImageAsync(new RenderImageRequest { Spec = first.Images[1].Image.Spec });
        Assert.Equal(first.Images[1].Image, again.Image);
        Assert.NotEqual(first.Images[0].Image.Sha256, again.Image.Sha256);
        var another = new Metadata { { Hosting.Calls.RequestContext.TenantHeader, "clinic" } };
        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await _client.RenderImageAsync(new RenderImageRequest { Spec = first.Images[1].Image.Spec }, another));
        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
    }

    [Fact]
    public async Task GenerateImage_FromAnImage_StreamsTheStepsThatAreTaken()
    {
        using var call = _client.GenerateImage(new GenerateImageRequest { Spec = Spec(), PreviewEvery = 1 });
        var events = await call.ResponseStream.ReadAllAsync().ToListAsync();
        Assert.Equal([(1, 2), (2, 2)], events.Where(e => e.Step is not null).Select(e => (e.Step.Step_, e.Step.Total)));
        Assert.False(Directory.Exists(Path.Combine(_state, "objects")));
        Assert.True((await _client.ListModelsAsync(new V1.ListModelsRequest())).Models[0].ImageLimits.TakesImage);
    }

    [Fact]
    public async Task RenderImage_BrokenImage_IsRefusedByFieldWhenOnlyValidated()
    {
        var spec = Spec();
        spec.Image.Content = ByteString.CopyFrom(spec.Image.Content.Span[..100]);
        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await _client.RenderImageAsync(new RenderImageRequest { Spec = spec, ValidateOnly = true }));
        Assert.Equal("spec.image.content", refusal.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations.Single().Field);
    }

    private static ImageSpec Spec() => new()
    {
        Prompt = "a",
        Steps = 100,
        Strength = 0.02, // two steps: the network knows nothing of images, and more would end in black for any seed
        Image = Content(i => (byte)(i / 8 * 2)),
        Mask = Content(i => (byte)(i % 64 < 32 ? 0 : 255)),
    };

    private static ImageSource Content(Func<int, byte> shade) => new()
    {
        Content = ByteString.CopyFrom(ImageCodec.EncodePng(new GrayImage(64, 64, [.. Enumerable.Range(0, 64 * 64).Select(shade)]))),
    };
}
