using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Curation.Encoders;

/// <summary>Reads the images of a request and has an image encoder compute their features.</summary>
internal sealed class ImageFeatureReader(ImageSourceReader sources, IOptions<CurationOptions> options)
{
    /// <summary>An image as the judge sees it, and its features where an encoder is given.</summary>
    /// <param name="field">The image's path in the request.</param>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: no image, or one that the encoder does not take; QUEUE_FULL and
    /// its like.</exception>
    public async Task<(GrayImage Image, float[]? Features)> ReadAsync(
        ImageSource? source, string field, LoadedImageEncoder? encoder, ServerCallContext call)
    {
        if (encoder is null)
            return (await sources.ReadAsync(source, field, call), null);
        var (gray, prepared) = await sources.ReadAsync(source, field, call,
            (bytes, place) => (ImageCodec.DecodeGray(bytes.Span, place), encoder.Encoder.Prepare(bytes.Span, place)));
        return (gray, await encoder.Queue.RunAsync(prepared, ToTerms(call), call.CancellationToken));
    }

    /// <summary>Features of images, in their order; no more than a batch of them is held at one time.</summary>
    /// <exception cref="Errors.MeshException">As of <see cref="ReadAsync"/>.</exception>
    public async Task<EmbedImagesResponse> EmbedAsync(
        IReadOnlyList<ImageSource> images, LoadedImageEncoder encoder, ServerCallContext call)
    {
        var response = new EmbedImagesResponse { Judge = ToProducer(encoder) };
        foreach (var chunk in images.Index().Chunk(options.Value.MaxBatch))
        {
            var rows = new List<Task<float[]>>(chunk.Length);
            foreach (var (i, source) in chunk)
            {
                var prepared = await sources.ReadAsync(source, $"images[{i}]", call,
                    (bytes, place) => encoder.Encoder.Prepare(bytes.Span, place));
                rows.Add(encoder.Queue.RunAsync(prepared, ToTerms(call), call.CancellationToken));
            }
            response.Embeddings.Add((await Task.WhenAll(rows)).Select(row => new Embedding { Values = { row } }));
        }
        return response;
    }

    private static Producer ToProducer(LoadedImageEncoder encoder) => new()
    {
        Model = encoder.Card.Name,
        Version = encoder.Card.Version,
        Digest = encoder.Digest,
        Engine = JudgeModel.EmbeddingEngineName,
    };

    private static BatchRowOptions ToTerms(ServerCallContext call) => BatchRowOptions.FromCall(call, RequestContext.Current.Tenant);
}
