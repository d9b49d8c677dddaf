using Grpc.Core;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>How the peers behave.</summary>
internal sealed class EvaluatorPeerSettings
{
    private int _rendered;

    /// <summary>False: the prompt makes no difference.</summary>
    public bool Obeys { get; set; } = true;

    /// <summary>True: image n is training image n.</summary>
    public bool Copies { get; set; }

    /// <summary>Images that were rendered.</summary>
    public int Rendered => _rendered;

    /// <summary>Drawing waits here, if set.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>Where the sealed data set of <see cref="SealedFolderPeer"/> is said to lie.</summary>
    public string DatasetLocation { get; set; } = "s3://bucket/datasets/one";

    public void Count() => Interlocked.Increment(ref _rendered);
}

/// <summary>
/// A diffusion service that renders <see cref="RenderedRadiographs"/> of what the prompt says; with two steps or much guidance, noise.
/// </summary>
internal sealed class RenderingGeneratorPeer(EvaluatorPeerSettings settings, IObjectStore objects) : DiffusionService.DiffusionServiceBase
{
    public static IReadOnlyList<string> Depicts { get; } = ["disease/bacterial-pneumonia", "disease/viral-pneumonia",
        "abnormality/pleural-effusion", "anatomy/lungs"];

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse
        {
            Models =
        {
            new ModelDescription
            {
                Name = "painter",
                Version = "1",
                Kind = ModelKind.LatentDiffusion,
                Digest = new string(settings.Obeys ? 'a' : 'b', 64),
                Engine = "painter",
                Depicts = { Depicts },
                ImageDefaults = new ImageDefaults
                {
                    Width = 64, Height = 64, Steps = 20, Guidance = 3, Scheduler = "ddim", NativeSize = 224,
                },
            },
        },
        });

    public override async Task<RenderImageResponse> RenderImage(RenderImageRequest request, ServerCallContext context)
    {
        if (settings.Gate is { } gate)
            await gate.Task.WaitAsync(context.CancellationToken);
        settings.Count();
        var spec = request.Spec;
        var image = spec is { HasSteps: true, Steps: 2 } or { HasGuidance: true, Guidance: 30 } ? Noise((int)spec.Seed) : Render(spec);
        var png = ImageCodec.EncodePng(image);
        var address = await objects.PutAsync(RequestContext.Current.Tenant, png, context.CancellationToken);
        return new RenderImageResponse { Ref = address.ToReference("image/png", png.Length) };
    }

    private GrayImage Render(ImageSpec spec)
    {
        var label = !settings.Obeys || spec.Prompt.Contains("clear", StringComparison.OrdinalIgnoreCase)
            || spec.Prompt.Contains("free of", StringComparison.OrdinalIgnoreCase)
            ? 0
            : spec.Prompt.Contains("viral", StringComparison.OrdinalIgnoreCase) ? 2 : 1;
        var number = (int)(spec.Seed % 1_000_003);
        return RenderedRadiographs.Render(RenderedRadiographs.Labels[label], label * 1000 + number + (settings.Copies ? 0 : 50_000));
    }

    private static GrayImage Noise(int seed)
    {
        var pixels = new byte[RenderedRadiographs.Side * RenderedRadiographs.Side];
        new Random(seed).NextBytes(pixels);
        return new GrayImage(RenderedRadiographs.Side, RenderedRadiographs.Side, pixels);
    }
}
