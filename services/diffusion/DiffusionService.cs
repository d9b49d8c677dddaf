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

/// <summary>The contract over gRPC: checks, hands to the generator, maps. Every refusal comes before the first response.</summary>
internal sealed class DiffusionService(GeneratorModelLoader models, ImageGenerator generator, IObjectStore store,
    DiffusionMetrics metrics, TimeProvider time, ILogger<DiffusionService> logger)
    : V1.DiffusionService.DiffusionServiceBase
{
    private const int PartBytes = 64 * 1024;

    public override async Task GenerateImage(GenerateImageRequest request, IServerStreamWriter<GenerateImageResponse> responseStream,
        ServerCallContext context)
    {
        var token = context.CancellationToken;
        var spec = ImageSpecResolver.Resolve(request.Spec, models.All);
        if (request.PreviewEvery < 0)
            throw MeshException.Invalid("preview_every", $"is {request.PreviewEvery}; 0 or more is wanted");
        using var span = DiffusionMetrics.StartRender();
        var started = time.GetTimestamp();
        var drawing = generator.Admit(spec, request.PreviewEvery, DeadlineOf(context), RequestConcurrencyLimiter.IsRetry(context), token);
        await responseStream.WriteAsync(new GenerateImageResponse { Queued = new() { Position = drawing.Position } }, token);
        await foreach (var step in drawing.Steps(token))
            await responseStream.WriteAsync(new GenerateImageResponse { Step = DiffusionMapping.ToStep(step) }, token);
        var picture = await drawing.Image;
        RecordRendered(drawing, started);
        var png = ImageCodec.EncodePng(picture);
        for (var offset = 0; offset < png.Length; offset += PartBytes)
        {
            var data = UnsafeByteOperations.UnsafeWrap(png.AsMemory(offset, Math.Min(PartBytes, png.Length - offset)));
            await responseStream.WriteAsync(new GenerateImageResponse { Part = new() { Offset = offset, Data = data } }, token);
        }
        await responseStream.WriteAsync(new GenerateImageResponse { Image = DiffusionMapping.ToImage(drawing, picture, png) }, token);
    }

    public override async Task<RenderImageResponse> RenderImage(RenderImageRequest request, ServerCallContext context)
    {
        var spec = ImageSpecResolver.Resolve(request.Spec, models.All);
        using var span = DiffusionMetrics.StartRender();
        var started = time.GetTimestamp();
        var drawing = generator.Admit(spec, previewEvery: 0, DeadlineOf(context), RequestConcurrencyLimiter.IsRetry(context),
            context.CancellationToken);
        var picture = await drawing.Image;
        RecordRendered(drawing, started);
        var png = ImageCodec.EncodePng(picture);
        var address = await store.PutAsync(RequestContext.Current.Tenant, png, context.CancellationToken);
        return new RenderImageResponse
        {
            Ref = address.ToReference(DiffusionMapping.MediaType, png.Length),
            Image = DiffusionMapping.ToImage(drawing, picture, png),
        };
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse { Models = { models.All.Select(DiffusionMapping.ToDescription) } });

    private static DateTimeOffset? DeadlineOf(ServerCallContext context) =>
        context.Deadline == DateTime.MaxValue ? null : new DateTimeOffset(context.Deadline.ToUniversalTime());

    private void RecordRendered(AdmittedRendering drawing, long started)
    {
        var spec = drawing.Spec;
        var elapsed = time.GetElapsedTime(started);
        metrics.RecordImage(spec.Model.Card.Name, drawing.PromptTruncated, elapsed);
        Log.ImageRendered(logger, spec.Width, spec.Height, spec.Seed, elapsed.TotalSeconds);
    }
}
