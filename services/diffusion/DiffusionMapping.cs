using Google.Protobuf;
using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Domain → contract.</summary>
internal static class DiffusionMapping
{
    public const string MediaType = "image/png";

    public static GenerateImageResponse.Types.Step ToStep(RenderingStep step) => new()
    {
        Step_ = step.Step,
        Total = step.Total,
        PreviewPng = step.Preview is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(ImageCodec.EncodePng(step.Preview)),
    };

    public static GeneratedImage ToImage(AdmittedRendering drawing, GrayImage picture, byte[] png) => new()
    {
        Sha256 = Sha256Digest.HexOf(png),
        PixelsSha256 = Sha256Digest.HexOf(picture.Pixels),
        SizeBytes = png.Length,
        MediaType = MediaType,
        Width = picture.Width,
        Height = picture.Height,
        PromptTokens = drawing.PromptTokens,
        PromptTruncated = drawing.PromptTruncated,
        Generator = new Producer
        {
            Model = drawing.Spec.Model.Card.Name,
            Version = drawing.Spec.Model.Card.Version,
            Digest = drawing.Spec.Model.Digest,
            Engine = drawing.Spec.Model.Name,
            Seed = drawing.Spec.Seed,
        },
        Spec = ToSpec(drawing.Spec),
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
        var filled = new ImageSpec
        {
            Prompt = spec.Prompt,
            NegativePrompt = spec.NegativePrompt,
            Model = spec.Model.Card.Name,
            Width = spec.Width,
            Height = spec.Height,
            Steps = spec.Steps,
            Guidance = spec.Guidance,
            Scheduler = spec.Scheduler.Name,
            Seed = spec.Seed,
        };
        if (spec.NativeSize is { } nativeSize)
            filled.NativeSize = nativeSize;
        return filled;
    }
}
