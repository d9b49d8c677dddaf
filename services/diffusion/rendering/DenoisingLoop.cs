using SynCxr.Mesh.Diffusion.Schedulers;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>
/// One image's denoising, step by step: who holds it asks the network about <see cref="NextInput"/> and hands in the answer.
/// </summary>
/// <param name="path">The scheduler's path.</param>
/// <param name="noise">The start's noise and that of each step.</param>
/// <param name="size">Elements of the latent.</param>
/// <param name="start">The image that the path starts from, or that is kept in part; null for a start in pure noise.</param>
internal sealed class DenoisingLoop(DenoisingPath path, NoiseSource noise, int size, StartImage? start = null)
{
    private readonly float[] _latent = new float[size];
    private readonly float[] _noise = new float[size];

    public DenoisingPath Path => path;

    /// <summary>The sample as it stands.</summary>
    public ReadOnlySpan<float> Latent => _latent;

    /// <summary>Draws the start: noise, the image with noise added, or the image itself where no step is taken.</summary>
    public void Begin()
    {
        noise(0, _noise);
        if (path.FirstStep == 0)
        {
            for (var i = 0; i < _latent.Length; i++)
                _latent[i] = (float)(_noise[i] * path.InitNoiseSigma);
        }
        else if (path.IsFinished)
            start!.Latent.CopyTo(_latent, 0);
        else
            path.AddNoise(start!.Latent, _noise, _latent);
    }

    /// <summary>What the network is to be fed at the path's next timestep.</summary>
    public float[] NextInput()
    {
        var input = new float[_latent.Length];
        path.ScaleModelInput(_latent, input);
        return input;
    }

    /// <summary>
    /// One step. What the mask keeps is then the image's own latent again, with the start's noise at the new noise level, or clean after
    /// the last step.
    /// </summary>
    /// <param name="output">The network's output, after guidance.</param>
    public void Advance(ReadOnlySpan<float> output)
    {
        path.Step(output, _latent, noise);
        if (start?.Redrawn is null)
            return;
        if (path.IsFinished)
        {
            Keep(start.Latent, _latent);
            return;
        }
        var kept = new float[_latent.Length];
        path.AddNoise(start.Latent, _noise, kept);
        Keep(kept, _latent);
    }

    /// <summary>The latest estimate of the clean latent; what the mask keeps is the image's own.</summary>
    public float[] EstimateClean()
    {
        var estimate = path.CleanEstimate.ToArray();
        if (start?.Redrawn is not null)
            Keep(start.Latent, estimate);
        return estimate;
    }

    private void Keep(float[] kept, float[] latent)
    {
        var redrawn = start!.Redrawn!;
        for (var i = 0; i < latent.Length; i++)
        {
            if (!redrawn[i % redrawn.Length]) // one mask for all channels
                latent[i] = kept[i];
        }
    }
}
