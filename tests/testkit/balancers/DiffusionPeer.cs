using Grpc.Core;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>A diffusion service whose images are noise of their prompt and seed.</summary>
internal sealed class DiffusionPeer(PeerOptions settings, IObjectStore objects) : DiffusionService.DiffusionServiceBase
{
    /// <summary>What it can depict: the first findings of the shipped vocabulary.</summary>
    public static IReadOnlyList<string> Depicts { get; } = [.. EntityVocabulary.Shipped.Entities.Where(e => e.IsFinding).Take(24)
        .Select(e => e.Id)];

    private const string Ddim = "DDIMScheduler";

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse
        {
            Models =
        {
            new ModelDescription
            {
                Name = "noise",
                Version = "1",
                Kind = ModelKind.LatentDiffusion,
                Digest = new string('c', 64),
                Engine = "noise",
                Deterministic = true,
                Fingerprint = "any",
                Licence = "a test's",
                Depicts = { settings.IsDepictionKnown ? Depicts : [] },
                ImageDefaults = new ImageDefaults
                {
                    Width = 16, Height = 16, Steps = 20, Guidance = 3.5, Scheduler = "ddim", NativeSize = 64,
                },
                ImageLimits = new ImageLimits { SideStep = 8, MaxSide = 32, FixedHeight = 16, NativeSizes = { 64, 1024 }, MaxSteps = 500,
                    Schedulers = { "ddim", Ddim, "EulerDiscreteScheduler" } },
            },
        },
        });

    public override async Task<RenderImageResponse> RenderImage(RenderImageRequest request, ServerCallContext context)
    {
        var spec = request.Spec;
        if (spec.Sampling is { HasEta: true } && spec.Scheduler != Ddim)
            throw MeshException.Invalid("spec.sampling.eta", $"{spec.Scheduler} doesn't take it");
        if (spec.PromptOverflow == PromptOverflow.Chunk && spec.Width > spec.Height)
            throw MeshException.Invalid("spec.prompt_overflow", "a wide image takes one chunk");
        if (!spec.HasSteps)
            spec.Steps = spec.Sampling.Timesteps.Count;
        if (request.ValidateOnly)
            return new RenderImageResponse { Image = new GeneratedImage { Spec = spec } };
        await settings.SimulateCallAsync(context.CancellationToken);
        if (settings.ImageFailure is { } failure)
            throw failure;
        if (settings.NotFiniteImageEvery > 0 && PeerOptions.Hash($"not finite|{spec.Seed}") % settings.NotFiniteImageEvery == 0)
            throw new MeshException(ErrorReasons.ModelOutputNotFinite, "the noise is not finite");
        var channels = spec.Channels == ImageChannelNames.Rgb ? 3 : 1;
        var pixels = new byte[spec.Width * spec.Height * channels];
        var state = PeerOptions.Hash($"{spec.Prompt}|{spec.Seed}|{spec.Steps}|{spec.Guidance}");
        state += settings.ImageSalt;
        for (var i = 0; i < pixels.Length; i++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            pixels[i] = (byte)(state >> 56);
        }

        var png = ImageCodec.EncodePng(new RasterImage(spec.Width, spec.Height, channels, pixels));
        var address = await objects.PutAsync(RequestContext.Current.Tenant, png, context.CancellationToken);
        return new RenderImageResponse
        {
            Ref = address.ToReference("image/png", png.Length),
            Image = new GeneratedImage
            {
                Sha256 = address.Sha256,
                PixelsSha256 = Sha256Digest.HexOf(pixels),
                SizeBytes = png.Length,
                MediaType = "image/png",
                Width = spec.Width,
                Height = spec.Height,
                PromptTokens = 12,
                Generator = new Producer { Model = "noise", Version = "1", Seed = spec.Seed },
                Spec = spec,
            },
        };
    }
}
