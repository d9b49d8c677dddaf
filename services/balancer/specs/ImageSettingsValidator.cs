using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>
/// Refuses, before any pair is planned, an image that the generator would refuse for every pair. What it can render is in its
/// description; a generator that does not say is held to what any diffusion model needs.
/// </summary>
internal static class ImageSettingsValidator
{
    private static readonly ImageLimits _any = new() { SideStep = 8, MaxSide = 2048, MaxSteps = 1000 };

    /// <exception cref="MeshException">Names the first field that the generator can't meet.</exception>
    public static void Check(ImageSettings image, ModelDescription generator)
    {
        var limits = generator.ImageLimits ?? _any;
        CheckSide(image.Width, limits.HasFixedWidth ? limits.FixedWidth : null, limits, "spec.image.width", generator.Name);
        CheckSide(image.Height, limits.HasFixedHeight ? limits.FixedHeight : null, limits, "spec.image.height", generator.Name);
        if (image.HasSteps && (image.Steps < 1 || image.Steps > limits.MaxSteps))
            throw MeshException.Invalid("spec.image.steps", $"is {image.Steps}; 1 to {limits.MaxSteps} is wanted");
        if (limits.Schedulers.Count > 0 && !limits.Schedulers.Contains(image.Scheduler))
        {
            throw MeshException.Invalid("spec.image.scheduler",
                $"'{EchoedText.Shorten(image.Scheduler)}' is none of those of {generator.Name}: {string.Join(", ", limits.Schedulers)}");
        }
        if (!image.HasNativeSize)
            return;
        if (generator.ImageLimits is null && image.NativeSize is < 1 or > 8192)
            throw MeshException.Invalid("spec.image.native_size", $"is {image.NativeSize}; 1 to 8192 is wanted");
        if (generator.ImageLimits is { NativeSizes: var known } && !known.Contains(image.NativeSize))
        {
            throw MeshException.Invalid(
                "spec.image.native_size",
                $"is {image.NativeSize}; {generator.Name} knows {(known.Count == 0 ? "no native sizes" : string.Join(", ", known))}");
        }
    }

    private static void CheckSide(int pixels, int? only, ImageLimits limits, string field, string generator)
    {
        if (only is not null && pixels != only)
            throw MeshException.Invalid(field, $"is {pixels}; {generator} renders {only} only");
        if (pixels < limits.SideStep || pixels > limits.MaxSide || pixels % limits.SideStep != 0)
            throw MeshException.Invalid(field,
                $"is {pixels}; {generator} renders multiples of {limits.SideStep} from {limits.SideStep} to {limits.MaxSide}");
    }
}
