using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Schedulers;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>An image spec that was checked, with every default filled in.</summary>
internal sealed record ResolvedImageSpec(
    IDiffusionEngine Model,
    string Prompt,
    string NegativePrompt,
    int Width,
    int Height,
    int Steps,
    double Guidance,
    string SchedulerName,
    ulong Seed,
    int? NativeSize)
{
    /// <summary>What the caller sets beyond the model's scheduler config.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.None;

    /// <summary>The scheduler of that name, under the model's config.</summary>
    public IScheduler Scheduler => Model.Schedulers.Get(SchedulerName);

    /// <summary>Latent height and width.</summary>
    public (int Height, int Width) Latent => (Height / Model.Scale, Width / Model.Scale);

    /// <summary>Elements of the latent.</summary>
    public int LatentSize => Model.Channels * Latent.Height * Latent.Width;

    /// <summary>Rows of this image in a batch of the U-Net: a conditional one and, with guidance above 1, an unconditional one.</summary>
    public int RowsPerStep => Guidance == 1 ? 1 : 2;
}
