namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>Noise of an image: stream 0 is its start, stream k + 1 what its step k draws.</summary>
internal delegate void NoiseSource(int stream, Span<float> noise);

/// <summary>A way from noise to image, under a model's scheduler config. Holds no state of any image.</summary>
internal interface IScheduler
{
    /// <summary>The class's name in diffusers.</summary>
    string Name { get; }

    /// <summary>Keys of the config that the class doesn't know; they change nothing.</summary>
    IReadOnlyList<string> UnknownKeys { get; }

    /// <summary>Numbers that the network gives for each element of the latent: 2 where it predicts variances too, else 1.</summary>
    int OutputsPerElement { get; }

    /// <summary>Starts a path for one image.</summary>
    /// <param name="steps">Denoising steps; null where <paramref name="sampling"/> has timesteps or sigmas of its own.</param>
    /// <param name="sampling">What the caller sets beyond the config.</param>
    /// <param name="size">Elements of the latent.</param>
    /// <param name="strength">
    /// Share of the steps that are taken, the last ones, from an image with noise added: 1 is all of them from pure noise, 0 is none.
    /// Rounded down to whole steps.
    /// </param>
    /// <exception cref="SamplingRefusedException">
    /// Diffusers refuses it at some step, or its result is not finite: refused before the first step.
    /// </exception>
    DenoisingPath SetTimesteps(int? steps, SamplingOptions sampling, int size, double strength = 1);
}
