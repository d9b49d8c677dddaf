using Grpc.Core;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.Rendering;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Diffusion;

/// <summary>Reads the image and the mask that a spec holds or refers to, within the tenant of the caller.</summary>
internal sealed class StartImageReader(IObjectStore objects,
    [FromKeyedServices(DiffusionOptions.Section)] ProcessorWorkPool decoding)
{
    private const string ImageField = "spec.image", MaskField = "spec.mask";

    /// <summary>Adds them to a spec that was resolved; does nothing where it has none.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: no image, or of another size than the spec's. NOT_FOUND: not stored.</exception>
    public async Task<ResolvedImageSpec> AddAsync(ResolvedImageSpec resolved, ImageSpec spec, ServerCallContext call)
    {
        if (spec.Image is null)
            return resolved;
        using var place = await decoding.EnterAsync(call, RequestContext.Current.Tenant);
        var (image, reference) = await ReadAsync(spec.Image, ImageField, resolved, place, call.CancellationToken);
        var (mask, maskReference) = spec.Mask is null
            ? (null, null) : await ReadAsync(spec.Mask, MaskField, resolved, place, call.CancellationToken);
        var redrawn = mask is null ? null : StartImage.ToRedrawn(mask.ToGray(), resolved.Model.Scale);
        return resolved with
        {
            Start = new StartImage(() => resolved.Model.EncodeImage(image), redrawn)
            {
                Reference = reference,
                MaskReference = maskReference,
            },
        };
    }

    /// <summary>Stores the bytes that a spec holds, so that the spec of the answer can be rendered again.</summary>
    public async Task StoreAsync(ImageSpec spec, CancellationToken cancellation)
    {
        foreach (var source in new[] { spec.Image, spec.Mask })
        {
            if (source is { SourceCase: ImageSource.SourceOneofCase.Content })
                await objects.PutAsync(RequestContext.Current.Tenant, source.Content.Memory, cancellation);
        }
    }

    private async Task<(RasterImage Image, ImageRef Reference)> ReadAsync(ImageSource source, string field, ResolvedImageSpec spec,
        ProcessorPlace place, CancellationToken cancellation)
    {
        var tenant = RequestContext.Current.Tenant;
        switch (source.SourceCase)
        {
            case ImageSource.SourceOneofCase.Content:
                var (content, mediaType) = await place.RunAsync(
                    _ => ImageCodec.Decode(source.Content.Span, $"{field}.content", spec.Width, spec.Height));
                return (content, ObjectAddress.Create(tenant, source.Content.Span).ToReference(mediaType, source.Content.Length));
            case ImageSource.SourceOneofCase.Ref:
                var address = ObjectAddress.From(source.Ref, tenant, $"{field}.ref");
                var bytes = await objects.GetAsync(address, cancellation);
                var (stored, storedType) = await place.RunAsync(
                    _ => ImageCodec.Decode(bytes, $"{field}.ref", spec.Width, spec.Height));
                return (stored, address.ToReference(storedType, bytes.Length));
            default:
                throw MeshException.Invalid(field, "Give either ref or content.");
        }
    }
}
