using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Networks;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>
/// Losses that keep a decoded image from being a blurred one: the distance of features of a frozen network (Zhang et al. 2018), and a
/// discriminator of patches whose gradient is scaled to that of the other losses (Esser et al. 2021, equation 7, taken at the pixels).
/// </summary>
/// <param name="settings">Weights of the losses.</param>
/// <param name="features">Network whose stages are compared; it is frozen here.</param>
internal sealed class DetailLoss(DetailSettings settings, QualityJudgeNetwork features, ulong seed) : IDisposable
{
    /// <summary>Steps over which the discriminator's weight grows from zero.</summary>
    private const double Ramp = 400;

    private readonly QualityJudgeNetwork _features = Freeze(features);

    public PatchDiscriminator Discriminator { get; } =
        TorchRandom.WithGlobalSeed(RandomSource.Create(seed, "discriminator weights", 0).NextUInt64(), () => new PatchDiscriminator());

    /// <summary>Sum over stages of the squared distance of features of length 1, averaged over places.</summary>
    /// <param name="decoded">[B, 1, H, W] in -1..1, as <paramref name="real"/>.</param>
    public Tensor Perceptual(Tensor decoded, Tensor real)
    {
        using var scope = NewDisposeScope();
        var seen = _features.Stages(decoded * 0.5f + 0.5f);
        var wanted = _features.Stages(real * 0.5f + 0.5f);
        var sum = zeros(1);
        for (var i = 0; i < seen.Count; i++)
            sum = sum + (ToUnitLength(seen[i]) - ToUnitLength(wanted[i])).square().sum(1).mean();
        return (sum * settings.PerceptualWeight).squeeze().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The loss of decoder and discriminator in one: its gradient moves the decoder towards what the discriminator takes for real, and the
    /// discriminator (hinge loss) towards telling them apart. Its value is that of <paramref name="other"/> and of the discriminator.
    /// </summary>
    /// <param name="other">All other losses of <paramref name="decoded"/>.</param>
    /// <param name="decoded">[B, 1, H, W] in -1..1, as <paramref name="real"/>.</param>
    /// <param name="step">Steps before this one.</param>
    public Tensor WithDiscriminator(Tensor other, Tensor decoded, Tensor real, long step)
    {
        if (step < settings.AdversarialFrom)
            return other;
        using var scope = NewDisposeScope();
        var pull = autograd.grad([Discriminator.forward(decoded).mean().neg()], [decoded])[0];
        var push = autograd.grad([other], [decoded], retain_graph: true)[0];
        using (no_grad())
        {
            var share = settings.AdversarialWeight * Math.Min(1, (step - settings.AdversarialFrom + 1) / Ramp);
            pull.mul_(share * push.norm() / (pull.norm() + 1e-8f));
        }

        var towardsReal = (decoded * pull.detach()).sum();
        var told = nn.functional.relu(1f - Discriminator.forward(real)).mean()
            + nn.functional.relu(1f + Discriminator.forward(decoded.detach())).mean();
        return (other + towardsReal - towardsReal.detach() + 0.5f * told).MoveToOuterDisposeScope();
    }

    private static QualityJudgeNetwork Freeze(QualityJudgeNetwork network)
    {
        foreach (var parameter in network.parameters())
            parameter.requires_grad_(false);
        return network;
    }

    private static Tensor ToUnitLength(Tensor stage) => stage / (stage.square().sum(1, keepdim: true) + 1e-6f).sqrt();

    public void Dispose() => Discriminator.Dispose();
}
