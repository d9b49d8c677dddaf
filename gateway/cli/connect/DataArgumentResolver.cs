using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Connect;

/// <summary>
/// Turns data arguments of a command into what the mesh takes: full paths for the standalone mesh of this machine, names for any other.
/// Nothing is uploaded.
/// </summary>
/// <param name="access">What the service says of the data that may be named.</param>
/// <param name="address">Of the mesh, for messages.</param>
internal sealed class DataArgumentResolver(DataAccess access, string address)
{
    private static readonly string[] _namePrefixes = ["data/", "datasets/", "models/"];

    /// <summary>True where the mesh takes paths of this machine.</summary>
    public bool TakesPaths => access.TakesPaths;

    /// <summary>For trainings.</summary>
    public static async Task<DataArgumentResolver> CreateAsync(TrainerService.TrainerServiceClient trainer, MeshConnection mesh,
        CancellationToken cancellation) => new(
            (await trainer.ListRecipesAsync(new ListRecipesRequest(), cancellationToken: cancellation)).Data ?? new DataAccess(),
            mesh.Address);

    /// <summary>For evaluations.</summary>
    public static async Task<DataArgumentResolver> CreateAsync(EvaluatorService.EvaluatorServiceClient evaluator, MeshConnection mesh,
        CancellationToken cancellation) => new(
            (await evaluator.ListModelsAsync(new ListModelsRequest(), cancellationToken: cancellation)).Data ?? new DataAccess(),
            mesh.Address);

    /// <summary>True for a text that has the form of a name.</summary>
    public static bool IsName(string argument) => _namePrefixes.Any(p => argument.StartsWith(p, StringComparison.Ordinal));

    /// <summary>
    /// A full path where the mesh takes paths, unless the argument has the form of a name and nothing of this machine is called so; else
    /// the name. Empty for an empty argument.
    /// </summary>
    /// <exception cref="MeshException">INVALID_FIELD: a path, and the mesh takes names only.</exception>
    public string Resolve(string option, string argument)
    {
        if (argument.Length == 0)
            return "";
        if (access.TakesPaths && (!IsName(argument) || Path.Exists(argument)))
            return Path.GetFullPath(argument);
        if (IsName(argument))
            return argument;
        var roots = access.Roots.Count > 0 ? $"The data roots that you may read are {string.Join(", ", access.Roots)}."
            : "There is no data root that you may read: its operator sets them with Data:Roots.";
        throw MeshException.Invalid(option,
            $"'{argument}' is a path, and the mesh at {address} takes names: datasets/ID or data/ROOT/PATH. {roots}");
    }
}
