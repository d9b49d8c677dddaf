using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Peers;

/// <summary>A generated image.</summary>
internal sealed record RenderedImage(string Prompt, ulong Seed, GrayImage Image, byte[] Png);

/// <summary>
/// Client of the diffusion service. Images are cached by the generator's digest and the whole image spec, so a second report renders only
/// what is new.
/// </summary>
internal sealed class DiffusionImageClient(DiffusionService.DiffusionServiceClient client, IObjectStore objects,
    IOptions<EvaluatorOptions> options)
{
    /// <summary>The generator of that name; the peer's default for an empty one.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: the peer has no generator of that name.</exception>
    public async Task<ModelDescription> FindAsync(string name, string field, CancellationToken cancellation)
    {
        try
        {
            var models = (await client.ListModelsAsync(new ListModelsRequest { Model = name }, cancellationToken: cancellation)).Models;
            return (name.Length == 0 ? models.FirstOrDefault() : models.FirstOrDefault(m => m.Name == name))
                ?? throw MeshException.Invalid(
                    field,
                        $"Unknown generator '{EchoedText.Shorten(name)}'. The diffusion service has "
                            + $"{string.Join(", ", models.Select(m => m.Name))}");
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.InvalidArgument)
        {
            throw MeshException.Invalid(field, refusal.Status.Detail);
        }
    }

    /// <summary>Renders every spec, several at a time; the results are in the order of the specs.</summary>
    public async Task<RenderedImage[]> RenderAllAsync(ModelDescription generator, IReadOnlyList<ImageSpec> specs, EvaluationRun run,
        string phase, CancellationToken cancellation)
    {
        var rendered = new RenderedImage[specs.Count];
        var folder = Path.Combine(run.CacheFolder, "images", generator.Digest[..16]);
        Directory.CreateDirectory(folder);
        var done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.CallsInFlight, CancellationToken = cancellation };
        await Parallel.ForAsync(0, specs.Count, parallel, async (i, token) =>
        {
            var spec = specs[i];
            var file = Path.Combine(folder, Sha256Digest.HexOf(JsonFormatter.Default.Format(spec))[..32] + ".png");
            var png = File.Exists(file) ? await File.ReadAllBytesAsync(file, token) : await RenderAsync(spec, file, token);
            rendered[i] = new RenderedImage(spec.Prompt, spec.Seed, ImageCodec.DecodeGray(png, file), png);
            run.Report(phase, Interlocked.Increment(ref done), specs.Count);
        });
        return rendered;
    }

    /// <summary>Side in pixels of what the generator renders.</summary>
    public static int SideOf(ModelDescription generator) => generator.ImageDefaults.Width;

    private async Task<byte[]> RenderAsync(ImageSpec spec, string file, CancellationToken cancellation)
    {
        var answer = await client.RenderImageAsync(new RenderImageRequest { Spec = spec }, cancellationToken: cancellation);
        var png = await objects.GetAsync(ObjectAddress.From(answer.Ref, RequestContext.Current.Tenant, "ref"), cancellation);
        await File.WriteAllBytesAsync(file + ".partial", png, cancellation);
        File.Move(file + ".partial", file, overwrite: true);
        return png;
    }
}
