using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>
/// The forward process of 1000 steps whose betas are squares of a straight line (Rombach et al. 2022), up to 0.02, so that the last step is
/// almost pure noise. With v-prediction: x_t = a x_0 + s n, v = a n - s x_0.
/// </summary>
public static class TrainingNoiseSchedule
{
    public const int Steps = 1000;
    public const double BetaStart = 0.00085, BetaEnd = 0.02;

    /// <summary>Product of (1 - beta) up to and with each step.</summary>
    public static IReadOnlyList<double> AlphasCumprod { get; } = CreateAlphas();

    /// <summary>Noisy latents, and the velocity that the network must predict for them. All [B, C, h, w]; timesteps i64 [B].</summary>
    public static (Tensor Noisy, Tensor Velocity) AddNoise(Tensor clean, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var table = tensor([.. AlphasCumprod.Select(a => (float)a)]);
        var alpha = table[timesteps].reshape(-1, 1, 1, 1);
        var signalScale = alpha.sqrt();
        var noiseScale = (1 - alpha).sqrt();
        var noisy = signalScale * clean + noiseScale * noise;
        var velocity = signalScale * noise - noiseScale * clean;
        return (noisy.MoveToOuterDisposeScope(), velocity.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Weights of the velocity's squared error that count each noise level as min(SNR, γ) counts errors of the clean latent (Hang et al.
    /// 2023): min(SNR, γ) / (SNR + 1).
    /// </summary>
    /// <param name="timesteps">i64 [B].</param>
    /// <param name="gamma">γ, above 0; the paper's is 5.</param>
    /// <returns>[B, 1, 1, 1].</returns>
    public static Tensor MinSnrWeights(Tensor timesteps, double gamma)
    {
        using var scope = NewDisposeScope();
        var table = tensor([.. AlphasCumprod.Select(a => (float)(Math.Min(a / (1 - a), gamma) * (1 - a)))]); // 1 / (SNR + 1) = 1 - a
        return table[timesteps].reshape(-1, 1, 1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>DDIM without added noise (Song et al. 2021), for contact sheets; the diffusion service has its own schedulers.</summary>
    /// <param name="noise">[B, C, h, w].</param>
    /// <param name="velocity">(x_t, timestep) → v.</param>
    public static Tensor Sample(Tensor noise, int steps, Func<Tensor, long, Tensor> velocity)
    {
        using var _ = no_grad();
        var x = noise.clone();
        for (var i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            var t = (Steps - 1) - (int)((long)i * Steps / steps);
            var next = i == steps - 1 ? -1 : (Steps - 1) - (int)((long)(i + 1) * Steps / steps);
            var (signalScale, noiseScale) = ScalesAt(t);
            var v = velocity(x, t);
            var clean = signalScale * x - noiseScale * v;
            var predictedNoise = noiseScale * x + signalScale * v;
            var (nextSignalScale, nextNoiseScale) = next < 0 ? (1.0, 0.0) : ScalesAt(next);
            x.copy_(nextSignalScale * clean + nextNoiseScale * predictedNoise);
        }

        return x;
    }

    private static (double Signal, double Noise) ScalesAt(int t) => (Math.Sqrt(AlphasCumprod[t]), Math.Sqrt(1 - AlphasCumprod[t]));

    private static double[] CreateAlphas()
    {
        var product = 1.0;
        var all = new double[Steps];
        for (var t = 0; t < Steps; t++)
        {
            var root = Math.Sqrt(BetaStart) + (Math.Sqrt(BetaEnd) - Math.Sqrt(BetaStart)) * t / (Steps - 1);
            all[t] = product *= 1 - root * root;
        }

        return all;
    }
}
