using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>A kind of evaluation.</summary>
internal interface IEvaluationTask
{
    EvaluationSpec.TaskOneofCase Case { get; }

    /// <summary>Checks a spec and fills in its defaults.</summary>
    /// <param name="sources">The data that the spec names; data sets that have to be copied first can't be checked yet.</param>
    /// <exception cref="MeshException">INVALID_FIELD with the field.</exception>
    Task<EvaluationSpec> FillAsync(EvaluationSpec spec, EvaluationSources sources, CancellationToken cancellation);

    Task RunAsync(EvaluationRun run, CancellationToken cancellation);
}

/// <summary>The tasks by the field of the spec that is set. A new one is a class and a line in the host.</summary>
internal sealed class EvaluationTaskRegistry(IEnumerable<IEvaluationTask> tasks, EvaluationSourceResolver resolver)
{
    private readonly Dictionary<EvaluationSpec.TaskOneofCase, IEvaluationTask> _tasks = tasks.ToDictionary(t => t.Case);

    /// <exception cref="MeshException">INVALID_FIELD: no task is set.</exception>
    public IEvaluationTask Find(EvaluationSpec spec) =>
        _tasks.TryGetValue(spec.TaskCase, out var task)
            ? task : throw MeshException.Invalid("spec", "must have exactly one task, for example generator_report or zero_shot");

    /// <exception cref="MeshException">INVALID_FIELD with the field; NOT_FOUND or WRONG_STATE for a data set of the mesh.</exception>
    public async Task<EvaluationSpec> FillAsync(EvaluationSpec spec, CancellationToken cancellation)
    {
        var task = Find(spec);
        return await task.FillAsync(spec, await resolver.FindAsync(spec, cancellation), cancellation);
    }
}
