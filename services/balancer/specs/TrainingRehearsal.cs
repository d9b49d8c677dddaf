using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Balancer.Specs;

/// <summary>
/// Has the trainer check the training that a data set asks for, as it will check it when the data set is sealed hours later: which weights,
/// folders and presets there are for this tenant, only the trainer knows.
/// </summary>
internal sealed class TrainingRehearsal(TrainerService.TrainerServiceClient trainer)
{
    /// <summary>Stands for the data set, which has no name yet; the trainer looks at the form of such a name only.</summary>
    private const string Planned = "datasets/planned";

    /// <summary>What the trainer calls the layout of a sealed data set.</summary>
    private const string SealedLayout = "dataset";

    private static readonly string[] _sourceRecipes = [RecipeNames.Convirt, RecipeNames.Gloria];

    /// <exception cref="MeshException">INVALID_FIELD with the fields that the trainer refuses; NOT_FOUND for what they name.</exception>
    public async Task CheckAsync(TrainingSpec train, CancellationToken cancellation)
    {
        var spec = train.Clone();
        if (_sourceRecipes.Contains(spec.Recipe))
            spec.Sources.Add(new DataSource { Layout = SealedLayout, Name = Planned });
        else
            spec.Data.Add(Planned); // refused by the trainer, which says why
        try
        {
            await trainer.CreateTrainingAsync(new CreateTrainingRequest { Spec = spec, ValidateOnly = true },
                cancellationToken: cancellation);
        }
        catch (RpcException refusal) when (refusal.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound)
        {
            throw ToRefusal(refusal);
        }
    }

    private static MeshException ToRefusal(RpcException refusal)
    {
        var fields = refusal.GetRpcStatus()?.GetDetail<BadRequest>()?.FieldViolations
            .Select(v => new FieldViolation(ToDatasetField(v.Field), v.Description)).ToList() ?? [];
        return fields.Count == 0
            ? MeshException.Invalid("spec.train", refusal.Status.Detail)
            : new MeshException(ErrorReasons.InvalidField, string.Join("; ", fields.Select(f => $"{f.Field}: {f.Description}")), fields);
    }

    private static string ToDatasetField(string field) => field.StartsWith("spec.", StringComparison.Ordinal)
        ? $"spec.train.{field["spec.".Length..]}" : "spec.train";
}
