using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>An admitted order.</summary>
internal sealed class AdmittedRendering(RenderingState job, BatchRow<RenderingState, GrayImage> row)
{
    public ResolvedImageSpec Spec => job.Spec;

    /// <summary>Orders that were to be served before it.</summary>
    public int Position => row.Position;

    /// <summary>Tokens of the prompt before it was cut, start and end included.</summary>
    public int PromptTokens => job.Prompt.Count;

    public bool PromptTruncated => job.Prompt.Truncated;

    /// <summary>The steps as they are done; ends when the picture is there, or never will be.</summary>
    public IAsyncEnumerable<RenderingStep> Steps(CancellationToken cancellationToken) => job.Steps.ReadAllAsync(cancellationToken);

    /// <summary>The picture.</summary>
    public Task<GrayImage> Image => row.Completion;
}
