using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Trainer.Recipes.Diffusion;

/// <summary>The images of a generator's training.</summary>
/// <param name="Training">Whole images at the side that is rendered.</param>
/// <param name="Windows">Windows of the same images; null where the preset asks for none.</param>
/// <param name="Held">Images of the patients that weights are chosen by, at the same side; null where there are none.</param>
internal sealed record GeneratorImages(ImageSet Training, ImageWindows? Windows, ImageSet? Held)
{
    /// <summary>Fewer images than this say nothing of a distribution.</summary>
    private const int FewestHeld = 2;

    /// <exception cref="MeshException">The data can't be read, or have fewer images than a batch.</exception>
    public static GeneratorImages Read(RecipeRun run, LatentDiffusionPreset preset, CancellationToken cancellation)
    {
        var side = preset.Vae.SampleSize;
        if (preset.Detail is not { } detail)
            return new GeneratorImages(run.ReadImages(side, preset.UNetBatch, cancellation), null, null);
        var all = run.ReadImages(detail.ReadSide, preset.UNetBatch, cancellation, padded: true);
        var parts = Enumerable.Range(0, all.Images.Count).ToLookup(i => SelectionPatients.Contains(all.Images[i]));
        if (parts[true].Count() < FewestHeld || parts[false].Count() < preset.UNetBatch)
        {
            run.Notes.Add(["Too few images belong to patients of the selection: all are trained on, and the last weights are kept."]);
            return new GeneratorImages(all.Resize(side), new ImageWindows(all, side, detail.SmallestWindow), null);
        }

        var held = all.Select([.. parts[true]]);
        var note = string.Create(CultureInfo.InvariantCulture,
            $"{held.Images.Count} images of {held.Images.Select(SelectionPatients.PatientOf).Distinct().Count()} patients were not trained "
                + $"on: weights were chosen by them.");
        run.Notes.Add([note]);
        var training = all.Select([.. parts[false]], note);
        return new GeneratorImages(training.Resize(side), new ImageWindows(training, side, detail.SmallestWindow), held.Resize(side));
    }
}
