using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>The folders of evaluations, each with its tenant in its path. Replicas must share them.</summary>
internal sealed class EvaluationFolders(IOptions<EvaluatorOptions> options)
{
    private readonly string _root = Path.GetFullPath(options.Value.StateFolder);

    /// <summary>Cache that later evaluations of the tenant reuse; everything in it can be made again.</summary>
    public string GetCacheFolder(string tenant) => Path.Combine(_root, "evaluator-cache", tenant);

    /// <summary>Where a data set of the mesh is copied to, where this machine does not see its folder.</summary>
    /// <param name="id">Checked: letters, digits and "-" only.</param>
    public string GetDatasetFolder(string tenant, string id) => Path.Combine(GetCacheFolder(tenant), "datasets", id);

    /// <summary>Where a file of an evaluation is written.</summary>
    public string GetArtifactPath(string tenant, string id, string file) => Path.Combine(_root, "evaluations", tenant, id, file);

    /// <summary>
    /// Where a file of an evaluation is. Evaluations of before tenants had folders of their own are the standalone mesh's; no name of a
    /// tenant starts with a digit, as their ids do.
    /// </summary>
    public string FindArtifact(string tenant, string id, string file)
    {
        var path = GetArtifactPath(tenant, id, file);
        return tenant == RequestContext.LocalTenant && !File.Exists(path) ? Path.Combine(_root, "evaluations", id, file) : path;
    }
}
