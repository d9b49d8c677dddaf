using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>A request that was admitted: its progress and its image.</summary>
internal sealed class AdmittedRendering(RenderingState state, BatchRow<RenderingState, RasterImage> row)
{
    public ResolvedImageSpec Spec => state.Spec;

    /// <summary>Number of requests that were ahead of it when it was admitted.</summary>
    public int Position => row.Position;

    /// <summary>Number of tokens of the prompt before it was cut to the encoder's length, start and end included.</summary>
    public int PromptTokens => state.Prompt.Count;

    public bool PromptTruncated => state.Prompt.Truncated;

    /// <summary>The denoising steps as they are done; ends with the rendering, whether it succeeds or not.</summary>
    public IAsyncEnumerable<RenderingStep> Steps(CancellationToken cancellationToken) => state.Steps.ReadAllAsync(cancellationToken);

    /// <summary>The image; fails or is cancelled with the rendering.</summary>
    public Task<RasterImage> Image => row.Completion;
}
