using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Schedulers;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>A checked order with every default filled in.</summary>
internal sealed record ResolvedImageSpec(
    IDiffusionEngine Model,
    string Prompt,
    string NegativePrompt,
    int Width,
    int Height,
    int Steps,
    double Guidance,
    IScheduler Scheduler,
    ulong Seed,
    int? NativeSize)
{
    /// <summary>Latent height and width.</summary>
    public (int Height, int Width) Latent => (Height / Model.Scale, Width / Model.Scale);

    /// <summary>Rows of a U-Net batch: conditional, and unconditional where guided.</summary>
    public int RowsPerStep => Guidance == 1 ? 1 : 2;
}
