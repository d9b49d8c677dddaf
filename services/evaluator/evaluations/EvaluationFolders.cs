using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>The folders of evaluations. Replicas must share them.</summary>
internal sealed class EvaluationFolders(IOptions<EvaluatorOptions> options)
{
    private readonly string _root = Path.GetFullPath(options.Value.StateFolder);

    /// <summary>Cache that later evaluations reuse; everything in it can be made again.</summary>
    public string CacheFolder => Path.Combine(_root, "evaluator-cache");

    public string ArtifactPath(string id, string file) => Path.Combine(_root, "evaluations", id, file);
}
