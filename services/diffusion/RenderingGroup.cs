using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion;

/// <summary>The renderings of one call: admitted together or not at all, and all cancelled when one fails or the call ends.</summary>
internal sealed class RenderingGroup : IDisposable
{
    private readonly CancellationTokenSource _ended;
    private readonly bool _namesSeeds;
    private readonly List<AdmittedRendering> _renderings = [];

    /// <param name="specs">One for each image.</param>
    /// <param name="namesSeeds">True where they are those of a list of seeds, which a failure then names.</param>
    /// <exception cref="MeshException">QUEUE_FULL, DEADLINE_UNMEETABLE or DRAINING: none of them is rendered.</exception>
    /// <inheritdoc cref="ImageGenerator.Admit(ResolvedImageSpec, int, BatchRowOptions, CancellationToken)"/>
    public RenderingGroup(ImageGenerator generator, IReadOnlyList<ResolvedImageSpec> specs, bool namesSeeds, int previewEvery,
        BatchRowOptions terms, CancellationToken cancellationToken)
    {
        _namesSeeds = namesSeeds;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Ended = _ended.Token;
        try
        {
            foreach (var spec in specs)
                _renderings.Add(generator.Admit(spec, previewEvery, terms, _ended.Token));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>In the order of the specs.</summary>
    public IReadOnlyList<AdmittedRendering> Renderings => _renderings;

    /// <summary>Cancelled when an image fails, and with the group or the call.</summary>
    public CancellationToken Ended { get; }

    /// <summary>An image of the group; the others are cancelled where it fails.</summary>
    /// <exception cref="MeshException">Why it failed, with the index of its seed.</exception>
    public async Task<RasterImage> GetImageAsync(int index)
    {
        try
        {
            return await _renderings[index].Image;
        }
        catch (MeshException failure)
        {
            await _ended.CancelAsync();
            if (!_namesSeeds)
                throw;
            throw new MeshException(failure.Reason, $"seeds[{index}]: {failure.Message}", failure.Fields, failure.RetryAfter);
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }
}
