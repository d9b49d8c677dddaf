using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>
/// Has the diffusion service check the image settings of a data set as it will check those of each pair: what a scheduler can't do with the
/// steps or the sampling that are asked for, only the service knows.
/// </summary>
internal sealed class ImageSettingsRehearsal(DiffusionService.DiffusionServiceClient images)
{
    private const string Prompt = "No acute cardiopulmonary abnormality.";

    /// <summary>
    /// Checks settings with every default filled in but the steps where they have timesteps or sigmas of their own, and fills these in.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD with the fields that the service refuses.</exception>
    public async Task CheckAsync(ImageSettings image, CancellationToken cancellation)
    {
        var spec = ImageSettingsMapping.ToImageSpec(image, Prompt, seed: 0);
        try
        {
            var answer = await images.RenderImageAsync(new RenderImageRequest { Spec = spec, ValidateOnly = true },
                cancellationToken: cancellation);
            if (!image.HasSteps)
                image.Steps = answer.Image?.Spec is { HasSteps: true } filled
                    ? filled.Steps
                    : throw MeshException.Invalid("spec.image.steps", "must be given: the diffusion service has not said how many");
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.InvalidArgument)
        {
            throw ToRefusal(refusal);
        }
    }

    private static MeshException ToRefusal(RpcException refusal)
    {
        var fields = refusal.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations
            .Select(v => new FieldViolation(ToDatasetField(v.Field), v.Description)).ToList() ?? [];
        return fields.Count == 0
            ? MeshException.Invalid("spec.image", refusal.Status.Detail)
            : new MeshException(ErrorReasons.InvalidField, string.Join("; ", fields.Select(f => $"{f.Field}: {f.Description}")), fields);
    }

    private static string ToDatasetField(string field) => field.StartsWith("spec.", StringComparison.Ordinal)
        ? $"spec.image.{field["spec.".Length..]}" : "spec.image";
}
