using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>Where evaluations keep their files. Replicas share the folder.</summary>
internal sealed class EvaluationFolders(IOptions<EvaluatorOptions> options)
{
    private readonly string _root = Path.GetFullPath(options.Value.StateFolder);

    /// <summary>What a second evaluation finds again; everything in it can be made anew.</summary>
    public string CacheFolder => Path.Combine(_root, "evaluator-cache");

    public string ArtifactPath(string id, string file) => Path.Combine(_root, "evaluations", id, file);
}
