using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Imaging;

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
    /// <summary>What the caller sets beyond the model's scheduler config, as the contract has it; null where nothing is set.</summary>
    public SamplingSettings? AskedSampling { get; init; }

    /// <summary>The part of it that the scheduler is told.</summary>
    public SamplingOptions Sampling { get; init; } = SamplingOptions.None;

    /// <summary>
    /// How far the guided prediction is brought back to the standard deviation of the prompt's own; null is 0, not at all.
    /// </summary>
    public double? GuidanceRescale { get; init; }

    /// <summary>What is kept of the decoder's colours: one of <see cref="ImageChannelNames"/>.</summary>
    public string Channels { get; init; } = ImageChannelNames.Gray;

    /// <summary>What becomes of a prompt that has more tokens than the text encoder takes.</summary>
    public PromptOverflow Overflow { get; init; } = PromptOverflow.Truncate;

    /// <summary>Share of the steps that are taken from an image with noise added, 0 to 1; null where there is no image.</summary>
    public double? Strength { get; init; }

    /// <summary>That image; null where there is none, and until its file is read.</summary>
    public StartImage? Start { get; init; }

    /// <summary>True where the image's latent is needed: not at full strength without a mask, which starts in pure noise.</summary>
    public bool NeedsEncoding => Start is not null && (Strength < 1 || Start.Redrawn is not null);

    /// <summary>Chunks of the prompt, and of the negative one where there is guidance: as many as the longer of the two needs.</summary>
    public int Chunks => Overflow != PromptOverflow.Chunk ? 1
        : RowsPerStep == 1 ? Model.CountChunks(Prompt)
        : Math.Max(Model.CountChunks(Prompt), Model.CountChunks(NegativePrompt));

    /// <summary>The scheduler of that name, under the model's config.</summary>
    public IScheduler Scheduler => Model.Schedulers.Get(SchedulerName);

    /// <summary>A new path of that scheduler through the steps, or through the caller's own timesteps or sigmas.</summary>
    public DenoisingPath StartPath() => Scheduler.SetTimesteps(Sampling.HasOwnLevels ? null : Steps, Sampling, LatentSize,
        Strength ?? 1);

    /// <summary>Latent height and width.</summary>
    public (int Height, int Width) Latent => (Height / Model.Scale, Width / Model.Scale);

    /// <summary>Elements of the latent.</summary>
    public int LatentSize => Model.Channels * Latent.Height * Latent.Width;

    /// <summary>Rows of this image in a batch of the U-Net: a conditional one and, with guidance above 1, an unconditional one.</summary>
    public int RowsPerStep => Guidance == 1 || Model.EmbedsGuidance ? 1 : 2;
}
