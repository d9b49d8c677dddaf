using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Renders an accepted image again that is gone from the store or damaged. The verdict was about its pixels, so only the same pixels will
/// do: the same seed gives them where the engine is deterministic.
/// </summary>
internal sealed class LostImageRestorer(MeshDatabase<BalancerDb> rows, DiffusionService.DiffusionServiceClient images, IObjectStore objects,
    BalancerMetrics metrics, ILogger<LostImageRestorer> logger)
{
    /// <exception cref="MeshException">DATA_CORRUPT: the image can't be made again, other pixels came out.</exception>
    public async Task<byte[]> RestoreAsync(ResolvedDataset dataset, PairRow pair, Exception lost, CancellationToken cancellation)
    {
        Log.ImageLost(logger, dataset.Id, pair.Index, pair.ImageSha256, lost.Message);
        var rendered = await RenderAsync(dataset, pair, cancellation);
        if (rendered.Image.PixelsSha256 != ProtoJson.Parse<GeneratedImage>(pair.ImageJson).PixelsSha256)
            throw new MeshException(ErrorReasons.DataCorrupt, $"The image of pair {pair.Index} is lost ({lost.Message}), and rendering it "
                + "again from the same seed gives other pixels: put the object back, or cancel the data set.");
        var png = await objects.GetAsync(ObjectAddress.From(rendered.Ref, dataset.Tenant, "ref"), cancellation);
        await rows.TransactAsync(
            async db =>
            {
                await db.Datasets.Where(d => d.Id == dataset.Id)
                    .ExecuteUpdateAsync(s => s.SetProperty(d => d.LostImages, d => d.LostImages + 1), cancellation);
                return await db.Pairs.Where(p => p.Dataset == dataset.Id && p.Index == pair.Index).ExecuteUpdateAsync(s => s
                    .SetProperty(p => p.LostImages, p => p.LostImages + 1)
                    .SetProperty(p => p.ImageSha256, rendered.Ref.Sha256)
                    .SetProperty(p => p.ImageSize, rendered.Ref.SizeBytes)
                    .SetProperty(p => p.Version, p => p.Version + 1), cancellation);
            },
            cancellation);
        metrics.RecordLostObjects(1);
        return png;
    }

    private async Task<RenderImageResponse> RenderAsync(ResolvedDataset dataset, PairRow pair, CancellationToken cancellation)
    {
        var seed = StageSeed.Derive(dataset.SpecDigest, pair.Index, StageSeed.Image, pair.Attempt);
        var spec = PairSpecMapping.ToImageSpec(dataset.Resolved.Image, pair.Impression, seed);
        try
        {
            return await images.RenderImageAsync(new RenderImageRequest { Spec = spec }, cancellationToken: cancellation);
        }
        catch (RpcException error)
        {
            error.Data["peer"] = "diffusion"; // a seal waits for its store otherwise
            throw;
        }
    }
}
