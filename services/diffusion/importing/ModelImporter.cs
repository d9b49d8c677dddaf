using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Schedulers;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Importing;

/// <summary>
/// Makes a model folder of a diffusers ONNX folder as an exporter leaves it: takes the files that are part of the model, loads them with
/// the engine that will run them, and writes <c>model.yaml</c> and <c>SHA256SUMS</c>. The folder appears at once, or not at all.
/// </summary>
public static class ModelImporter
{
    private const string TrialFile = "trial.png"; // at the top of the folder, so outside its digest

    /// <summary>Imports a folder.</summary>
    /// <param name="source">The diffusers folder; it is not changed.</param>
    /// <param name="root">Folder of the models; the new one is made below it, under the model's name.</param>
    /// <exception cref="InvalidDataException">Names the file and the key, or the tensor, that the engine can't run.</exception>
    /// <exception cref="IOException">The name is in use, or a file can't be read or written.</exception>
    public static ImportedModel Import(string source, string root, ModelImportSettings settings, CancellationToken cancellation)
    {
        source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        var files = new ImportedFileSelector(source);
        if (!files.Taken.Any(file => file is "unet/model.onnx" or "transformer/model.onnx"))
        {
            var gguf = Directory.EnumerateFiles(source, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault();
            throw new InvalidDataException($"{source}/unet/model.onnx: is missing, and so is config.json: the folder is neither a "
                + "diffusers pipeline in ONNX, as `optimum-cli export onnx` writes it, nor a text model or image encoder of transformers."
                + (gguf is null ? "" : $" A GGUF file is added by its own path: {gguf}"));
        }
        var readme = ModelReadme.Read(source);
        var card = CreateCard(source, settings, readme);
        using var staged = new StagedFolder(root, card.Name);
        var part = staged.Path;
        try
        {
            var (bytes, linked) = staged.TakeOver(source, files.Taken, cancellation);
            ModelCardFile.Write(Path.Combine(part, ModelFolder.CardFile), card);
            using var engine = OnnxLatentDiffusionEngine.Load(part, OnnxSessionOptions.Cpu);
            cancellation.ThrowIfCancellationRequested();
            var isGiven = settings.Side is not null || File.Exists(Path.Combine(source, ModelFolder.CardFile));
            card = card with { Defaults = ChooseSizes(card.Defaults!, engine, isGiven) };
            ModelCardFile.Write(Path.Combine(part, ModelFolder.CardFile), card);
            File.WriteAllBytes(Path.Combine(part, TrialFile), ImageCodec.EncodePng(engine.Trial));
            var digest = ModelFolder.WriteSums(part);
            var target = staged.Commit();
            return new ImportedModel
            {
                Path = target,
                Card = card,
                Digest = digest,
                Bytes = bytes,
                LinkedFiles = linked,
                LeftOut = files.LeftOut,
                Notes = [.. engine.Schedulers.DescribeUnknownKeys(card.Defaults!.Scheduler),
                    .. new[] { readme.Problem }.Where(problem => problem.Length > 0)],
                TrialImage = Path.Combine(target, TrialFile),
                TrialSize = (engine.Trial.Width, engine.Trial.Height),
            };
        }
        catch (InvalidDataException error)
        {
            // What is wrong is wrong in the caller's folder too; the copy is gone when the message is read.
            throw new InvalidDataException(error.Message.Replace(part, source, StringComparison.Ordinal), error);
        }
    }

    private static ModelCard CreateCard(string source, ModelImportSettings settings, ModelReadme readme)
    {
        var cardFile = Path.Combine(source, ModelFolder.CardFile);
        var card = File.Exists(cardFile) ? ModelCardFile.Read(cardFile) : new ModelCard
        {
            Kind = ModelKindNames.LatentDiffusion,
            Name = Path.GetFileName(source),
            Version = ModelImportSettings.UsualVersion,
            Licence = readme.Licence.Length > 0 ? readme.Licence : ModelImportSettings.LicenceNotStated,
            Defaults = new GeneratorDefaults
            {
                Steps = ModelImportSettings.UsualSteps,
                Guidance = ModelImportSettings.UsualGuidance,
                Scheduler = ReadScheduler(Path.Combine(source, "scheduler", "scheduler_config.json")),
            },
        };
        if (card.Kind != ModelKindNames.LatentDiffusion)
        {
            throw new InvalidDataException(
                $"{cardFile}: kind: '{card.Kind}' is not {ModelKindNames.LatentDiffusion}: only a generator is added.");
        }
        var side = settings.Side ?? ModelImportSettings.UsualSide;
        return card with
        {
            Name = settings.Name ?? card.Name,
            Version = settings.Version ?? card.Version,
            Licence = settings.Licence ?? card.Licence,
            Defaults = card.Defaults! with
            {
                Steps = settings.Steps ?? card.Defaults.Steps,
                Guidance = settings.Guidance ?? card.Defaults.Guidance,
                Width = card.Defaults.Width > 0 && settings.Side is null ? card.Defaults.Width : side,
                Height = card.Defaults.Height > 0 && settings.Side is null ? card.Defaults.Height : side,
            },
        };
    }

    private static string ReadScheduler(string config)
    {
        if (!File.Exists(config))
            throw new InvalidDataException($"{config}: is missing");
        return SchedulerSet.Load(config).Config.ClassName
            ?? throw new InvalidDataException($"{config}: _class_name is missing. It must name the scheduler of the model.");
    }

    /// <summary>The sizes that the graphs fix, else those that are given, else those that the configs say.</summary>
    private static GeneratorDefaults ChooseSizes(GeneratorDefaults defaults, OnnxLatentDiffusionEngine engine, bool isGiven)
    {
        var trained = engine.TrainedSize;
        int Choose(int? fixedSide, int? trainedSide, int given) => fixedSide ?? (isGiven ? given : trainedSide ?? given);
        var (width, height) = (Choose(engine.FixedWidth, trained?.Width, defaults.Width),
            Choose(engine.FixedHeight, trained?.Height, defaults.Height));
        foreach (var pixels in new[] { width, height })
        {
            if (pixels % engine.SideStep != 0 || pixels > engine.MaxSide)
            {
                throw new InvalidDataException($"{engine.Folder.Path}: The sides of an image must be multiples of {engine.SideStep} up to "
                    + $"{engine.MaxSide} pixels, not {pixels}. Give another --size.");
            }
        }
        return defaults with { Width = width, Height = height };
    }
}
