using System.Buffers.Binary;
using Grpc.Core;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation;

/// <summary>Reads the images and embeddings that a request holds or refers to, within the tenant of the caller.</summary>
internal sealed class ImageSourceReader(IObjectStore objects, [FromKeyedServices(CurationHost.DecodePool)] ProcessorWorkPool decoding)
{
    /// <summary>Decodes an image; <paramref name="field"/> is its path in the request.</summary>
    /// <exception cref="MeshException">Names the field.</exception>
    public Task<GrayImage> ReadAsync(ImageSource? source, string field, ServerCallContext call) =>
        ReadAsync(source, field, call, (bytes, place) => ImageCodec.DecodeGray(bytes.Span, place));

    /// <summary>Has a function decode the bytes of an image, on the pool that images are decoded on.</summary>
    /// <param name="decode">Gets the bytes and their path in the request.</param>
    /// <exception cref="MeshException">Names the field.</exception>
    public async Task<T> ReadAsync<T>(ImageSource? source, string field, ServerCallContext call,
        Func<ReadOnlyMemory<byte>, string, T> decode)
    {
        using var place = await decoding.EnterAsync(call, RequestContext.Current.Tenant);
        switch (source?.SourceCase)
        {
            case ImageSource.SourceOneofCase.Content:
                return await place.RunAsync(_ => decode(source.Content.Memory, $"{field}.content"));
            case ImageSource.SourceOneofCase.Ref:
                var address = ObjectAddress.From(source.Ref, RequestContext.Current.Tenant, $"{field}.ref");
                var bytes = await objects.GetAsync(address, call.CancellationToken);
                return await place.RunAsync(_ => decode(bytes, $"{field}.ref"));
            default:
                throw MeshException.Invalid(field, "Give either ref or content.");
        }
    }

    /// <summary>Reads the embeddings of accepted pairs, [rows, width] float32.</summary>
    /// <exception cref="MeshException">Names the field.</exception>
    public async Task<byte[]> ReadEmbeddingsAsync(EmbeddingBlock block, int width, string field, CancellationToken cancellationToken)
    {
        if (block.Ref is null)
            throw MeshException.Invalid($"{field}.ref", "A reference to the embeddings must be given.");
        var bytes = await objects.GetAsync(ObjectAddress.From(block.Ref, RequestContext.Current.Tenant, $"{field}.ref"), cancellationToken);
        if (bytes.Length != (long)block.Indexes.Count * width * sizeof(float))
            throw MeshException.Invalid($"{field}.indexes",
                $"{block.Indexes.Count} rows of {width} float32 values do not have {bytes.Length} bytes.");
        return bytes;
    }

    /// <summary>The values of such rows.</summary>
    /// <exception cref="MeshException">Names the field: a value is not finite.</exception>
    public static float[] ParseEmbeddings(byte[] bytes, int width, string field)
    {
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
