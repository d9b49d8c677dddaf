using Google.Protobuf;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Maps renderings and models to the messages of the contract.</summary>
internal static class DiffusionMapping
{
    public const string MediaType = "image/png";

    public static GenerateImageResponse.Types.Step ToStep(RenderingStep step) => new()
    {
        Step_ = step.Step,
        Total = step.Total,
        PreviewPng = step.Preview is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(ImageCodec.EncodePng(step.Preview)),
    };

    public static GeneratedImage ToImage(AdmittedRendering rendering, GrayImage image, byte[] png) => new()
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
        var description = new ModelDescription
        {
            Name = model.Card.Name,
            Version = model.Card.Version,
            Kind = ModelKind.LatentDiffusion,
            Digest = model.Digest,
            Engine = model.Name,
            Deterministic = model.Deterministic,
            Fingerprint = model.Fingerprint,
            Depicts = { model.Card.Depicts },
            ImageDefaults = new ImageDefaults
            {
                Width = defaults.Width,
                Height = defaults.Height,
                Steps = defaults.Steps,
                Guidance = defaults.Guidance,
                Scheduler = defaults.Scheduler,
            },
            ImageLimits = new ImageLimits
            {
                SideStep = model.SideStep,
                MaxSide = model.MaxSide,
                NativeSizes = { ImageSpecResolver.NativeSizesOf(model) },
                MaxSteps = ImageSpecResolver.MaxStepsOf(model),
            },
        };
        if (model.FixedWidth is { } width)
            description.ImageLimits.FixedWidth = width;
        if (model.FixedHeight is { } height)
            description.ImageLimits.FixedHeight = height;
        if (model.HasNativeSize)
            description.ImageDefaults.NativeSize = defaults.NativeSize;
        return description;
    }

    private static ImageSpec ToSpec(ResolvedImageSpec spec)
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
        };
        if (spec.NativeSize is { } nativeSize)
            resolved.NativeSize = nativeSize;
        return resolved;
    }
}
