using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Recipes;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>What the model folders of all recipes share: the card, the contact sheet, and writing under a temporary name first.</summary>
internal static class ModelFolderWriter
{
    /// <summary>Folder beside the models with those that newer versions replaced, <c>NAME/VERSION</c>.</summary>
    private const string OldVersionsFolder = ".versions";

    /// <summary>Fills a temporary folder and renames it to <paramref name="folder"/> when it is complete.</summary>
    public static void Write(string folder, Action<string> fill)
    {
        var partial = folder.TrimEnd('/') + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        fill(partial);
        ModelFolder.WriteSums(partial);
        if (Directory.Exists(folder))
            SetAside(folder, partial);
        Directory.Move(partial, folder);
    }

    /// <summary>
    /// Keeps an earlier version below <see cref="OldVersionsFolder"/>. The same version is the same training, which was interrupted after
    /// it had written its model.
    /// </summary>
    private static void SetAside(string folder, string next)
    {
        var version = ModelFolder.Open(folder).Card.Version;
        if (version == ModelFolder.Open(next).Card.Version)
        {
            Directory.Delete(folder, recursive: true);
            return;
        }

        var kept = Path.Combine(Path.GetDirectoryName(folder.TrimEnd('/'))!, OldVersionsFolder, Path.GetFileName(folder.TrimEnd('/')),
            version);
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        Directory.Move(folder, kept);
    }

    /// <summary>The part of the model card that is the same for all recipes.</summary>
    public static ModelCard CreateCard(TrainingPlan plan, string kind, ImageSet images, IReadOnlyDictionary<string, double> figures,
        IReadOnlyList<string> limits)
    {
        var sources = images.Images.GroupBy(i => i.Source).OrderBy(g => g.Key, StringComparer.Ordinal).ToArray();
        return new ModelCard
        {
            Name = plan.ModelName,
            Version = plan.CardVersion,
            Kind = kind,
            Licence = Attributions.LicenceOf(sources.Select(s => s.Key)),
            Attribution = Attributions.ForSources(sources.Select(s => s.Key)),
            Recipe = plan.Recipe,
            Preset = plan.Preset,
            Seed = plan.Seed,
            DataNotes = images.Notes,
            TrainedOn = [.. sources.Select(s => new TrainingSource { Source = s.Key, Images = s.Count(), Digest = images.Digest })],
            Figures = figures,
            Limits = limits,
        };
    }

    /// <summary>8-bit images of a decoder's output [B, 1, H, W] in -1..1.</summary>
    public static IReadOnlyList<GrayImage> ToImages(Tensor sample)
    {
        var (height, width) = ((int)sample.shape[2], (int)sample.shape[3]);
        var values = TensorReader.ReadArray<float>(sample);
        return [.. values.Chunk(height * width)
            .Select(p => new GrayImage(width, height, [.. p.Select(v => (byte)Math.Clamp(Math.Round((v + 1) * 127.5), 0, 255))]))];
    }

    public static GrayImage ToImage(float[] image, int side) =>
        new(side, side, [.. image.Select(v => (byte)Math.Clamp(Math.Round(v * 255), 0, 255))]);

    public static void WriteContactSheet(string folder, IReadOnlyList<GrayImage> images, int columns,
        IReadOnlyList<string>? labels = null) =>
        File.WriteAllBytes(Path.Combine(folder, "contact-sheet.png"), ImageCodec.EncodePng(ContactSheet.Compose(images, columns, labels)));
}
