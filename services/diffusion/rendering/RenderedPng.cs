using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;

namespace SynCxr.Mesh.Diffusion.Rendering;

/// <summary>The PNG of a rendered image, previews included: it says that a model made it, which one, and from which prompt.</summary>
internal static class RenderedPng
{
    public static byte[] Encode(RasterImage image, ResolvedImageSpec spec)
    {
        var mark = SyntheticMark.FromModel(spec.Model.Card.Name, spec.Model.Card.Version, spec.Prompt);
        if (spec.NeedsEncoding)
            mark = mark with { DigitalSourceType = DigitalSourceTypes.CompositeWithTrainedAlgorithmicMedia };
        return PictureMark.Write(ImageCodec.EncodePng(image), mark);
    }
}
