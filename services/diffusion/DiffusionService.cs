using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion;

/// <summary>
/// The RPCs: check the request, hand it to the generator, map the answer. A request is refused before the first response.
/// </summary>
internal sealed class DiffusionService(GeneratorModelLoader models, ImageGenerator generator, IObjectStore store,
    DiffusionMetrics metrics, TimeProvider time, ILogger<DiffusionService> logger)
    : V1.DiffusionService.DiffusionServiceBase
{
    private const int PartBytes = 64 * 1024;

    public override async Task GenerateImage(GenerateImageRequest request, IServerStreamWriter<GenerateImageResponse> responseStream,
        ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        var spec = ImageSpecResolver.Resolve(request.Spec, models.All);
        if (request.PreviewEvery < 0)
            throw MeshException.Invalid("preview_every",
                $"The number of steps between previews must be 0 or more, not {request.PreviewEvery}.");
        using var span = DiffusionMetrics.StartRender();
        var started = time.GetTimestamp();
        var rendering = generator.Admit(spec, request.PreviewEvery, DeadlineOf(context), RequestConcurrencyLimiter.IsRetry(context),
            cancellation);
        await responseStream.WriteAsync(new GenerateImageResponse { Queued = new() { Position = rendering.Position } }, cancellation);
        await foreach (var step in rendering.Steps(cancellation))
            await responseStream.WriteAsync(new GenerateImageResponse { Step = DiffusionMapping.ToStep(step) }, cancellation);
        var image = await rendering.Image;
        RecordRendered(rendering, started);
        var png = ImageCodec.EncodePng(image);
        for (var offset = 0; offset < png.Length; offset += PartBytes)
        {
            var data = UnsafeByteOperations.UnsafeWrap(png.AsMemory(offset, Math.Min(PartBytes, png.Length - offset)));
            await responseStream.WriteAsync(new GenerateImageResponse { Part = new() { Offset = offset, Data = data } }, cancellation);
        }
        await responseStream.WriteAsync(new GenerateImageResponse { Image = DiffusionMapping.ToImage(rendering, image, png) },
            cancellation);
    }

    public override async Task<RenderImageResponse> RenderImage(RenderImageRequest request, ServerCallContext context)
    {
        var spec = ImageSpecResolver.Resolve(request.Spec, models.All);
        using var span = DiffusionMetrics.StartRender();
        var started = time.GetTimestamp();
        var rendering = generator.Admit(spec, previewEvery: 0, DeadlineOf(context), RequestConcurrencyLimiter.IsRetry(context),
            context.CancellationToken);
        var image = await rendering.Image;
        RecordRendered(rendering, started);
        var png = ImageCodec.EncodePng(image);
        var address = await store.PutAsync(RequestContext.Current.Tenant, png, context.CancellationToken);
        return new RenderImageResponse
        {
            Ref = address.ToReference(DiffusionMapping.MediaType, png.Length),
            Image = DiffusionMapping.ToImage(rendering, image, png),
        };
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse { Models = { models.All.Select(DiffusionMapping.ToDescription) } });

    private static DateTimeOffset? DeadlineOf(ServerCallContext context) =>
        context.Deadline == DateTime.MaxValue ? null : new DateTimeOffset(context.Deadline.ToUniversalTime());

    private void RecordRendered(AdmittedRendering rendering, long started)
    {
        var spec = rendering.Spec;
        var elapsed = time.GetElapsedTime(started);
        metrics.RecordImage(spec.Model.Card.Name, rendering.PromptTruncated, elapsed);
        Log.ImageRendered(logger, spec.Width, spec.Height, spec.Seed, elapsed.TotalSeconds);
    }
}
