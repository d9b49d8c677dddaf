using System.Globalization;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Weights;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Captions;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Networks;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>
/// Chooses weights and guidance of a generator: renders images for captions of patients that nothing was trained on, and measures how far
/// their features are from those of these patients' images (kernel distance, Bińkowski et al. 2018). The best averaged weights are kept in
/// <c>unet-best.safetensors</c>; a resumed run measures again what it had measured after its checkpoint, and finds the same.
/// </summary>
/// <param name="features">Network whose embeddings are compared.</param>
/// <param name="decoder">Reads latents of mean 0 and deviation 1.</param>
/// <param name="held">Images of these patients, 2 at least, at the side that is rendered.</param>
/// <param name="captions">Their captions.</param>
/// <param name="file">Where the best weights are kept.</param>
internal sealed class GeneratorSelection(
    DetailSettings settings, QualityJudgeNetwork features, VaeDecoder decoder, ImageSet held, CaptionSet captions, string file, ulong seed)
{
    /// <summary>Steps of the sampler; fewer than a user's, since only their order counts.</summary>
    private const int SampleSteps = 16;

    private readonly HalfMatrix _real =
        JudgeInference.Run(features, Enumerable.Range(0, held.Images.Count).Select(held.UnitPixels)).Embeddings;

    /// <summary>Measures the averaged weights where it is time to; afterwards the trainer has its own weights again.</summary>
    /// <returns>True: the training goes on.</returns>
    public bool Measure(DiffusionTrainer trainer, TrainingLoop loop, long steps)
    {
        if (loop.Step != steps && (loop.Step < settings.SelectFrom || loop.Step % settings.SelectEvery != 0))
            return true;
        using var scope = NewDisposeScope();
        var own = ModuleWeights.NamedParameters(trainer.Text, "text.").Concat(ModuleWeights.NamedParameters(trainer.UNet, "unet."))
            .ToDictionary(w => w.Key, w => w.Value.detach().clone(), StringComparer.Ordinal);
        trainer.LoadWeights(loop.AveragedWeights);
        var distance = Distance(trainer, settings.Guidances[0]);
        trainer.LoadWeights(own);
        loop.ValidationLoss = distance;
        if (distance < BestDistance)
        {
            Safetensors.Save(file, loop.AveragedWeights, new Dictionary<string, string>
            {
                ["distance"] = distance.ToString("R", CultureInfo.InvariantCulture),
                ["step"] = loop.Step.ToString(CultureInfo.InvariantCulture),
            });
        }

        return true;
    }

    /// <summary>Lowest kernel distance so far; infinite before the first measurement.</summary>
    public double BestDistance => BestOf("distance") is { } distance
        ? double.Parse(distance, CultureInfo.InvariantCulture) : double.PositiveInfinity;

    /// <summary>Step of the best weights; 0 before the first measurement.</summary>
    public long BestStep => BestOf("step") is { } step ? long.Parse(step, CultureInfo.InvariantCulture) : 0;

    /// <summary>The best weights, named as the training's.</summary>
    public IReadOnlyDictionary<string, Tensor> ReadBest() => Safetensors.Load(file).Tensors;

    /// <summary>The scale of guidance whose images are nearest, with the weights that the trainer has.</summary>
    public double ChooseGuidance(DiffusionTrainer trainer) => settings.Guidances.MinBy(g => Distance(trainer, g));

    /// <summary>Unbiased, with the kernel (x·y / d + 1)³; may be below zero.</summary>
    /// <param name="x">Features [n, d], n at least 2.</param>
    /// <param name="y">Features [m, d], m at least 2.</param>
    public static double KernelDistance(HalfMatrix x, HalfMatrix y)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (a, b) = (Rows(x), Rows(y));
        return TensorReader.ReadScalar<double>(Others(a) + Others(b) - 2 * Kernel(a, b).mean());

        static Tensor Rows(HalfMatrix m) =>
            tensor([.. Enumerable.Range(0, m.Rows).SelectMany(i => m[i].ToArray()).Select(v => (double)v)], [m.Rows, m.Columns]);
        static Tensor Kernel(Tensor p, Tensor q) => (matmul(p, q.transpose(0, 1)) / p.shape[1] + 1).pow(3);
        static Tensor Others(Tensor p) => (Kernel(p, p).sum() - Kernel(p, p).diagonal().sum()) / (p.shape[0] * (p.shape[0] - 1));
    }

    private double Distance(DiffusionTrainer trainer, double guidance)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var order = RandomSource.Create(seed, "selection", 0).Permutation(held.Images.Count);
        int[] shown = [.. Enumerable.Range(0, settings.SelectImages).Select(i => order[i % order.Length])];
        var native = held.Images.GroupBy(i => i.NativeSize).MaxBy(g => g.Count())!.Key;
        var latents = trainer.Sample([.. shown.Select(i => captions[i][0].Text)], native, SampleSteps, guidance, seed);
        var rendered = latents.split(32).SelectMany(part =>
        {
            using var step = NewDisposeScope();
            return ModelFolderWriter.ToImages(decoder.forward(part));
        }).Select(image => Array.ConvertAll(image.Pixels, p => p / 255f));
        return KernelDistance(JudgeInference.Run(features, rendered).Embeddings, _real);
    }

    private string? BestOf(string key)
    {
        if (!File.Exists(file))
            return null;
        using var best = File.OpenRead(file);
        return SafetensorsHeader.Read(best, file).Metadata?.GetValueOrDefault(key);
    }
}
