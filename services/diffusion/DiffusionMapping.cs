using Google.Protobuf;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Maps renderings and models to the messages of the contract.</summary>
internal static class DiffusionMapping
{
    public const string MediaType = "image/png";

    public static GenerateImageResponse.Types.Step ToStep(RenderingStep step, ResolvedImageSpec spec) => new()
    {
        Step_ = step.Step,
        Total = step.Total,
        PreviewPng = step.Preview is { } preview
            ? UnsafeByteOperations.UnsafeWrap(RenderedPng.Encode(preview, spec)) : ByteString.Empty,
    };

    public static GeneratedImage ToImage(AdmittedRendering rendering, RasterImage image, byte[] png) => new()
    {
        Sha256 = Sha256Digest.HexOf(png),
        PixelsSha256 = Sha256Digest.HexOf(image.Pixels),
        SizeBytes = png.Length,
        MediaType = MediaType,
        Width = image.Width,
        Height = image.Height,
        PromptTokens = rendering.PromptTokens,
        PromptTruncated = rendering.PromptTruncated,
        Generator = new Producer
        {
            Model = rendering.Spec.Model.Card.Name,
            Version = rendering.Spec.Model.Card.Version,
            Digest = rendering.Spec.Model.Digest,
            Engine = rendering.Spec.Model.Name,
            Seed = rendering.Spec.Seed,
        },
        Spec = ToSpec(rendering.Spec),
    };

    public static ModelDescription ToDescription(IDiffusionEngine model)
    {
        var defaults = model.Card.Defaults!;
        var description = Describe(model.Card, model.Digest);
        description.Engine = model.Name;
        description.Deterministic = model.Deterministic;
        description.Fingerprint = model.Fingerprint;
        description.ImageLimits = new ImageLimits
        {
            SideStep = model.SideStep,
            MaxSide = model.MaxSide,
            NativeSizes = { ImageSpecResolver.NativeSizesOf(model) },
            MaxSteps = ImageSpecResolver.MaxStepsOf(model),
            Schedulers = { model.Schedulers.NamesFor(model.OutputsPerElement) },
            TakesImage = model.FindEncoderProblem(defaults.Width, defaults.Height) is null,
        };
        description.Notes.Add(model.Schedulers.DescribeUnknownKeys(defaults.Scheduler));
        if (model.FixedWidth is { } width)
            description.ImageLimits.FixedWidth = width;
        if (model.FixedHeight is { } height)
            description.ImageLimits.FixedHeight = height;
        if (model.HasNativeSize)
            description.ImageDefaults.NativeSize = defaults.NativeSize;
        return description;
    }

    /// <summary>A model of the root, whole where it is loaded; none where its card can't be read.</summary>
    /// <param name="loaded">Any loaded model of the replica: the engine and what it runs on are the same.</param>
    public static IEnumerable<ModelDescription> ToDescriptions(AddedModel model, IDiffusionEngine loaded)
    {
        if (model.Card is not { } card)
            yield break;
        if (model.Engine is { } engine)
        {
            yield return ToDescription(engine);
            yield break;
        }
        var description = Describe(card, model.Digest);
        description.Engine = loaded.Name;
        description.Deterministic = loaded.Deterministic;
        description.Fingerprint = loaded.Fingerprint;
        description.Notes.Add(model.Problem.Length > 0
            ? $"It can't be loaded: {model.Problem.Replace(model.Folder, card.Name, StringComparison.Ordinal)}"
            : "It is loaded, and every file checked, when a request first names it.");
        yield return description;
    }

    /// <summary>What the card says.</summary>
    private static ModelDescription Describe(ModelCard card, string digest) => new()
    {
        Name = card.Name,
        Version = card.Version,
        Kind = ModelKind.LatentDiffusion,
        Digest = digest,
        Licence = card.Licence,
        TrainedOn = { ModelKindMapping.ToProto(card.TrainedOn) },
        Attribution = { card.Attribution },
        Depicts = { card.Depicts },
        ImageDefaults = new ImageDefaults
        {
            Width = card.Defaults!.Width,
            Height = card.Defaults.Height,
            Steps = card.Defaults.Steps,
            Guidance = card.Defaults.Guidance,
            Scheduler = card.Defaults.Scheduler,
        },
    };

    /// <summary>The spec with every default filled in.</summary>
    public static ImageSpec ToSpec(ResolvedImageSpec spec)
    {
        var resolved = new ImageSpec
        {
            Prompt = spec.Prompt,
            NegativePrompt = spec.NegativePrompt,
            Model = spec.Model.Card.Name,
            Width = spec.Width,
            Height = spec.Height,
            Steps = spec.Steps,
            Guidance = spec.Guidance,
            Scheduler = spec.SchedulerName,
            Seed = spec.Seed,
            Sampling = spec.AskedSampling,
        };
        if (spec.NativeSize is { } nativeSize)
            resolved.NativeSize = nativeSize;
        if (spec.Channels != ImageChannelNames.Gray) // as the sealed specs of data sets have the defaults: left out
            resolved.Channels = spec.Channels;
        if (spec.Overflow != PromptOverflow.Truncate)
            resolved.PromptOverflow = spec.Overflow;
        if (spec.Strength is { } strength)
            resolved.Strength = strength;
        if (spec.Start?.Reference is { } image)
            resolved.Image = new ImageSource { Ref = image };
        if (spec.Start?.MaskReference is { } mask)
            resolved.Mask = new ImageSource { Ref = mask };
        return resolved;
    }
}
