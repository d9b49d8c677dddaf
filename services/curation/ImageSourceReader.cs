using System.Buffers.Binary;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation;

/// <summary>Reads the images and embeddings that a request holds or refers to, within the tenant of the caller.</summary>
internal sealed class ImageSourceReader(IObjectStore objects, IOptions<CurationOptions> options, ConcurrencyLimiterMetrics metrics,
    TimeProvider clock)
{
    private readonly RequestConcurrencyLimiter _decodeLimiter = new(
        "image", options.Value.MaxDecodes, options.Value.QueueLimit, metrics, clock);

    /// <summary>Decodes an image; <paramref name="field"/> is its path in the request.</summary>
    /// <exception cref="MeshException">Names the field.</exception>
    public async Task<GrayImage> ReadAsync(ImageSource? source, string field, ServerCallContext call)
    {
        using var slot = await _decodeLimiter.EnterAsync(call);
        return source?.SourceCase switch
        {
            ImageSource.SourceOneofCase.Content => ImageCodec.DecodeGray(source.Content.Span, $"{field}.content"),
            ImageSource.SourceOneofCase.Ref => ImageCodec.DecodeGray(
                await objects.GetAsync(ObjectAddress.From(source.Ref, RequestContext.Current.Tenant, $"{field}.ref"),
                    call.CancellationToken), $"{field}.ref"),
            _ => throw MeshException.Invalid(field, "Give either ref or content."),
        };
    }

    /// <summary>Reads the embeddings of accepted pairs, [rows, width] float32.</summary>
    /// <exception cref="MeshException">Names the field.</exception>
    public async Task<float[]> ReadEmbeddingsAsync(EmbeddingBlock block, int width, string field, CancellationToken cancellationToken)
    {
        if (block.Ref is null)
            throw MeshException.Invalid($"{field}.ref", "A reference to the embeddings must be given.");
        var bytes = await objects.GetAsync(ObjectAddress.From(block.Ref, RequestContext.Current.Tenant, $"{field}.ref"), cancellationToken);
        if (bytes.Length != (long)block.Indexes.Count * width * sizeof(float))
            throw MeshException.Invalid($"{field}.indexes",
                $"{block.Indexes.Count} rows of {width} float32 values do not have {bytes.Length} bytes.");
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
            if (!float.IsFinite(values[i]))
                throw MeshException.Invalid($"{field}.ref", $"row {i / width} holds {values[i]}; all values must be finite.");
        }

        return values;
    }
}
