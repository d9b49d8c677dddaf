using SynCxr.Mesh.Diffusion.Schedulers;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>
/// One image's denoising, step by step: who holds it asks the network about <see cref="NextInput"/> and hands in the answer.
/// </summary>
/// <param name="path">The scheduler's path.</param>
/// <param name="noise">The start's noise and that of each step.</param>
/// <param name="size">Elements of the latent.</param>
internal sealed class DenoisingLoop(DenoisingPath path, NoiseSource noise, int size)
{
    private readonly float[] _latent = new float[size];

    public DenoisingPath Path => path;

    /// <summary>The sample as it stands.</summary>
    public ReadOnlySpan<float> Latent => _latent;

    /// <summary>Draws the start.</summary>
    public void Begin()
    {
        noise(0, _latent);
        for (var i = 0; i < _latent.Length; i++)
            _latent[i] = (float)(_latent[i] * path.InitNoiseSigma);
    }

    /// <summary>What the network is to be fed at the path's next timestep.</summary>
    public float[] NextInput()
    {
        var input = new float[_latent.Length];
        path.ScaleModelInput(_latent, input);
        return input;
    }

    /// <summary>One step.</summary>
    /// <param name="output">The network's output, after guidance.</param>
    public void Advance(ReadOnlySpan<float> output) => path.Step(output, _latent, noise);
}
