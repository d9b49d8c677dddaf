using System.Text.Json.Nodes;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Diffusion.V1;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary>An image as the diffusion service streams it: its PNG and what the service says of it.</summary>
internal sealed record ReceivedImage(byte[] Png, GeneratedImage Image)
{
    /// <summary>Renders, and shows how far it is.</summary>
    /// <param name="seeds">Seeds of several images; empty for the one of the spec.</param>
    /// <returns>The images in the order of the seeds.</returns>
    public static async Task<IReadOnlyList<ReceivedImage>> StreamAsync(MeshConnection mesh, ImageSpec spec, IReadOnlyList<ulong> seeds,
        CancellationToken cancellation)
    {
        using var progress = ProgressBar.Start("denoising");
        using var call = new DiffusionService.DiffusionServiceClient(mesh.Invoker).GenerateImage(
            new GenerateImageRequest { Spec = spec, Seeds = { seeds } }, cancellationToken: cancellation);
        var pngs = Enumerable.Range(0, Math.Max(1, seeds.Count)).Select(_ => new MemoryStream()).ToList();
        var images = new GeneratedImage?[pngs.Count];
        var steps = 0L;
        await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellation))
        {
            switch (answer.EventCase)
            {
                case GenerateImageResponse.EventOneofCase.Step:
                    progress.ShowCount(++steps, (long)answer.Step.Total * pngs.Count, "");
                    break;
                case GenerateImageResponse.EventOneofCase.Part:
                    answer.Part.Data.WriteTo(pngs[answer.SeedIndex]);
                    break;
                case GenerateImageResponse.EventOneofCase.Image:
                    images[answer.SeedIndex] = answer.Image;
                    break;
            }
        }

        return [.. pngs.Zip(images, (png, image) => new ReceivedImage(png.ToArray(),
            image ?? throw new IOException("The diffusion service ended its stream without an image.")))];
    }

    /// <summary>What <c>--json</c> says of it.</summary>
    /// <param name="file">Where it was written.</param>
    public JsonObject ToJson(string file) => new()
    {
        ["file"] = file,
        ["seed"] = Image.Spec.Seed,
        ["sha256"] = Image.Sha256,
        ["pixels_sha256"] = Image.PixelsSha256,
        ["width"] = Image.Width,
        ["height"] = Image.Height,
        ["prompt_tokens"] = Image.PromptTokens,
        ["prompt_truncated"] = Image.PromptTruncated,
    };
}
