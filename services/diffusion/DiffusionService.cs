using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion;

/// <summary>
/// The RPCs: check the request, hand it to the generator, map the answer. A request is refused before the first response.
/// </summary>
internal sealed class DiffusionService(GeneratorModelLoader models, ImageGenerator generator, IObjectStore store,
    StartImageReader startImages, DiffusionMetrics metrics, TimeProvider time, ILogger<DiffusionService> logger)
    : V1.DiffusionService.DiffusionServiceBase
{
    private const int PartBytes = 64 * 1024;
    private const int PendingEvents = 16; // of all images of a call, so that a slow reader holds up its own call

    public override async Task GenerateImage(GenerateImageRequest request, IServerStreamWriter<GenerateImageResponse> responseStream,
        ServerCallContext context)
    {
        var specs = await ResolveAsync(request.Spec, request.Seeds, context);
        if (request.PreviewEvery < 0)
            throw MeshException.Invalid("preview_every",
                $"The number of steps between previews must be 0 or more, not {request.PreviewEvery}.");
        using var span = DiffusionMetrics.StartRender();
        using var group = Admit(specs, request.Seeds, request.PreviewEvery, CallPriority.Watched, context);
        var events = Channel.CreateBounded<GenerateImageResponse>(PendingEvents);
        var images = Task.WhenAll(specs.Select((_, index) => SendAsync(group, index, time.GetTimestamp(), events.Writer)));
        _ = images.ContinueWith(
            ended => events.Writer.TryComplete(
                ended.Exception?.InnerException ?? (ended.IsCanceled ? new OperationCanceledException() : null)),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await foreach (var response in events.Reader.ReadAllAsync(context.CancellationToken))
            await responseStream.WriteAsync(response, context.CancellationToken);
    }

    public override async Task<RenderImageResponse> RenderImage(RenderImageRequest request, ServerCallContext context)
    {
        var specs = await ResolveAsync(request.Spec, request.Seeds, context);
        if (request.ValidateOnly)
            return new RenderImageResponse { Image = new GeneratedImage { Spec = DiffusionMapping.ToSpec(specs[0]) } };
        using var span = DiffusionMetrics.StartRender();
        var started = time.GetTimestamp();
        using var group = Admit(specs, request.Seeds, previewEvery: 0, CallPriority.Unwatched, context);
        var images = await Task.WhenAll(specs.Select((_, index) => StoreAsync(group, index, started)));
        await startImages.StoreAsync(request.Spec, context.CancellationToken);
        return request.Seeds.Count > 0
            ? new RenderImageResponse { Images = { images } }
            : new RenderImageResponse { Ref = images[0].Ref, Image = images[0].Image };
    }

    public override async Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        await models.ListWithAsync(request.Model, "model", context.CancellationToken);
        return new ListModelsResponse
        {
            Models =
            {
                models.All.Select(DiffusionMapping.ToDescription),
                models.Added.SelectMany(model => DiffusionMapping.ToDescriptions(model, models.All[0])),
            },
        };
    }

    /// <summary>One spec for each seed of the list, or the spec with its own.</summary>
    private async Task<List<ResolvedImageSpec>> ResolveAsync(ImageSpec? spec, RepeatedField<ulong> seeds, ServerCallContext call)
    {
        SeedListValidator.Check(seeds, spec?.Seed ?? 0, generator.MaxSeeds);
        var resolved = ImageSpecResolver.Resolve(spec, await models.ListWithAsync(spec?.Model ?? "", "spec.model", call.CancellationToken));
        resolved = await startImages.AddAsync(resolved, spec!, call);
        return seeds.Count == 0 ? [resolved] : [.. seeds.Select(seed => resolved with { Seed = seed })];
    }

    private RenderingGroup Admit(IReadOnlyList<ResolvedImageSpec> specs, RepeatedField<ulong> seeds, int previewEvery, int priority,
        ServerCallContext context) =>
        new(generator, specs, seeds.Count > 0, previewEvery, BatchRowOptions.FromCall(context, RequestContext.Current.Tenant, priority),
            context.CancellationToken);

    private async Task SendAsync(RenderingGroup group, int index, long started, ChannelWriter<GenerateImageResponse> events)
    {
        var rendering = group.Renderings[index];
        await WriteAsync(new() { Queued = new() { Position = rendering.Position } });
        await foreach (var step in rendering.Steps(group.Ended))
            await WriteAsync(new() { Step = DiffusionMapping.ToStep(step, rendering.Spec) });
        var image = await group.GetImageAsync(index);
        RecordRendered(rendering, started);
        var png = RenderedPng.Encode(image, rendering.Spec);
        for (var offset = 0; offset < png.Length; offset += PartBytes)
        {
            var data = UnsafeByteOperations.UnsafeWrap(png.AsMemory(offset, Math.Min(PartBytes, png.Length - offset)));
            await WriteAsync(new() { Part = new() { Offset = offset, Data = data } });
        }
        await WriteAsync(new() { Image = DiffusionMapping.ToImage(rendering, image, png) });

        async Task WriteAsync(GenerateImageResponse response)
        {
            response.SeedIndex = index;
            await events.WriteAsync(response, group.Ended);
        }
    }

    private async Task<StoredImage> StoreAsync(RenderingGroup group, int index, long started)
    {
        var rendering = group.Renderings[index];
        var image = await group.GetImageAsync(index);
        RecordRendered(rendering, started);
        var png = RenderedPng.Encode(image, rendering.Spec);
        var address = await store.PutAsync(RequestContext.Current.Tenant, png, group.Ended);
        return new StoredImage
        {
            Ref = address.ToReference(DiffusionMapping.MediaType, png.Length),
            Image = DiffusionMapping.ToImage(rendering, image, png),
        };
    }

    private void RecordRendered(AdmittedRendering rendering, long started)
    {
        var spec = rendering.Spec;
        var elapsed = time.GetElapsedTime(started);
        metrics.RecordImage(spec.Model.Card.Name, rendering.PromptTruncated, elapsed);
        Log.ImageRendered(logger, spec.Width, spec.Height, spec.Seed, elapsed.TotalSeconds);
    }
}
