using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// The evaluations that a training's spec asks for. The trainer's contract holds them as JSON, so that it compiles without the evaluator's;
/// here they become typed, when the spec is checked and when they start.
/// </summary>
public static class FollowUpEvaluations
{
    /// <summary>The specs in their order.</summary>
    /// <param name="path">What the training's spec is called in errors: <c>spec</c>, or <c>spec.train</c> within a data set's.</param>
    /// <exception cref="MeshException">INVALID_FIELD with the path of the first thing that is wrong.</exception>
    public static IReadOnlyList<EvaluationSpec> Read(TrainingSpec training, string path) =>
    [
        .. training.Evaluate.Select((asked, index) =>
        {
            var spec = ProtoYaml.Parse<EvaluationSpec>(asked, $"{path}.evaluate[{index}]");
            return spec.TaskCase != EvaluationSpec.TaskOneofCase.None
                ? spec
                : throw MeshException.Invalid($"{path}.evaluate[{index}]",
                    $"must hold one task: {string.Join(", ", EvaluationSpec.Descriptor.Oneofs[0].Fields.Select(f => f.Name))}");
        }),
    ];
}
