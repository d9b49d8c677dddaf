using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>A trainer that checks trainings and starts none: it knows one file of weights.</summary>
internal sealed class TrainerPeer : TrainerService.TrainerServiceBase
{
    /// <summary>The only weights that there are.</summary>
    public const string Weights = "models/known";

    public override Task<CreateTrainingResponse> CreateTraining(CreateTrainingRequest request, ServerCallContext context)
    {
        if (!request.ValidateOnly)
            throw new NotSupportedException("a balancer only has trainings checked");
        if (request.Spec.ImageWeights.Length > 0 && request.Spec.ImageWeights != Weights)
            throw MeshException.Invalid("spec.image_weights", "there is no such model");
        return Task.FromResult(new CreateTrainingResponse { Training = new TrainingRun { Spec = request.Spec } });
    }
}
